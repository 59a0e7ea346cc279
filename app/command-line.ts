import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { Refusal } from '../core/errors.ts'
import { openCases } from './cases.ts'
import { addCodesCommand } from './commands/codes.ts'
import { examine } from './commands/doctor.ts'
import { addFeedsCommands } from './commands/feeds.ts'
import { addObjectionCommands, type CaseCommandParts } from './commands/objections.ts'
import { addOperatorCommands } from './commands/operators.ts'
import { addPolicyCommands } from './commands/policy.ts'
import { rank, readAsOf } from './commands/rank.ts'
import { addRepairCommands } from './commands/repairs.ts'
import { runReplay } from './commands/replay.ts'
import { addRiskCommand } from './commands/risk.ts'
import { runSimulate, writeExamples } from './commands/simulate.ts'
import { runStart } from './commands/start.ts'
import { runStartRoles } from './commands/start-roles.ts'
import { addStewardCommands } from './commands/steward.ts'
import { addVerifyCommand } from './commands/verify.ts'
import { type Config, ROLES, type Role, readConfig } from './config.ts'
import { secret } from './embedded/data-folder.ts'
import { languageOf, say } from './language.ts'
import { createLifecycle, type Lifecycle } from './lifecycle.ts'
import { loadPolicySets, type PolicySet } from './policies.ts'
import { openPorts } from './ports.ts'
import { createProgressBar } from './progress-bar.ts'
import { defaultPoliciesFolder, runRoles } from './role-process.ts'
import { openSession } from './session.ts'
import { splitFeeds } from './split-feeds.ts'

/** 0: done; 1: failed; 2: refused, with one sentence that says what to do. */
export type ExitCode = 0 | 1 | 2

type Environment = Readonly<Record<string, string | undefined>>

/** Reads the command line, runs the command, and stops in order whatever it had started. */
export async function runCommandLine(words: readonly string[], environment: Environment): Promise<ExitCode> {
  const lifecycle = createLifecycle()
  const stopping = new AbortController()
  let code: ExitCode = 0
  const program = createProgram(environment, lifecycle, stopping, (given) => {
    code = given
  })
  try {
    await program.parseAsync([...words], { from: 'user' })
  } catch (error) {
    code = report(error, stopping.signal)
  }
  try {
    await lifecycle.stop()
  } catch (error) {
    code = report(error, stopping.signal)
  }
  return code
}

function report(error: unknown, signal: AbortSignal): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof Error && error.name === 'AbortError' && signal.aborted) return 0
  if (error instanceof Refusal) {
    process.stderr.write(`${error.message}\n`)
    return 2
  }
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  return 1
}

function createProgram(
  environment: Environment,
  lifecycle: Lifecycle,
  stopping: AbortController,
  exit: (code: ExitCode) => void,
): Command {
  const language = languageOf(environment)
  const program = new Command('fengsui')
    .description('烽燧:企业风险监测、预警与公平抽查 / Risk signals, early warnings and fair inspections')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .option('--data <folder>', '数据目录 / the data folder', environment.FENGSUI_DATA ?? '.fengsui')
    .option('--policies <folder>', '规则目录 / folder of policy sets', defaultPoliciesFolder())
  const config = (more: Record<string, string | undefined> = {}): Config =>
    readConfig({ ...environment, FENGSUI_DATA: program.opts<{ data: string }>().data, ...more })
  const policies = () => program.opts<{ policies: string }>().policies
  const stopOnSignals = () => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stopping.abort())
    if (process.connected === true) process.once('disconnect', () => stopping.abort())
    return stopping.signal
  }
  const announce = (text: string) => void process.stderr.write(`${text}\n`)

  program
    .command('start')
    .description('启动全部:存储、各角色、模拟城市与看板 / everything: storage, roles, the simulated city, the board')
    .option(
      '--port <number>',
      '看板端口;接入、接收端与 MQTT 依次加一 / port of the board; the other doors follow it',
      wholeNumber,
    )
    .option('--fresh', '清空数据目录后启动 / begin with an empty data folder', false)
    .option('--no-simulation', '不启动模拟城市 / without the simulated city')
    .option('--enterprises <number>', '模拟市场主体数 / enterprises of the simulated city', wholeNumber, 20_000)
    .option('--speed <factor>', '模拟时间倍速 / simulated seconds a second', positive, 720)
    .option('--seed <number>', '模拟种子 / seed of the simulated city', wholeNumber, 1)
    .addOption(new Option('--log <kind>', '事件日志 / the event log').choices(['redis', 'kafka']))
    .option('--brokers <list>', 'Kafka 地址 / Kafka brokers, separated by commas')
    .option(
      '--roles <list>',
      '只运行这些角色,服务器由环境变量指定 / only these roles, on servers that the environment names',
    )
    .addHelpText('after', '\n  fengsui start --port 9000 --data /srv/fengsui\n  fengsui start --roles process')
    .action(
      async (options: {
        port?: number
        fresh: boolean
        simulation: boolean
        enterprises: number
        speed: number
        seed: number
        log?: string
        brokers?: string
        roles?: string
      }) => {
        const settings = config({
          ...portsFrom(options.port),
          ...given('FENGSUI_LOG', options.log),
          ...given('KAFKA_BROKERS', options.brokers),
        })
        if (options.roles !== undefined) {
          exit(await runStartRoles(options.roles.split(',').map(readRole), settings, policies()))
          return
        }
        const print = (line: string) => void process.stdout.write(`${line}\n`)
        await runStart(settings, policies(), { ...options, language, signal: stopOnSignals(), print }, lifecycle)
      },
    )

  program
    .command('replay')
    .description(
      '把真实记录文件按知悉时间送入一个数据域 / files of real records into a realm, merged by when they became known',
    )
    .requiredOption('--realm <name>', '数据域 / the realm')
    .requiredOption(
      '--feed <name and files...>',
      '数据源与文件,可重复 / a feed and its files; may be repeated',
      collect,
      [],
    )
    .option('--speed <full|factor>', '全速,或每秒多少秒历史 / full, or seconds of history a second', 'full')
    .option('--json', '每个数据源一行 JSON / one JSON line per feed', false)
    .addHelpText(
      'after',
      '\n  fengsui replay --realm chicago --feed chicago-licences licences.csv --feed chicago-inspections inspections.csv',
    )
    .action(async (options: { realm: string; feed: string[]; speed: string; json: boolean }) => {
      const bar = createProgressBar(process.stderr, language)
      const summaries = await runReplay(
        config(),
        policies(),
        {
          realm: options.realm,
          feeds: splitFeeds(words(program)),
          speed: options.speed === 'full' ? 'full' : positive(options.speed),
          signal: stopOnSignals(),
          onProgress: bar.show,
          announce,
        },
        lifecycle,
      )
      bar.end()
      for (const summary of summaries) {
        const { feed, lines, observations, versions, duplicates, rejects, seconds } = summary
        process.stdout.write(
          options.json
            ? `${JSON.stringify({ feed, lines, observations, versions, duplicates, rejects, seconds })}\n`
            : `${feed}: ${lines} lines = ${observations} observations + ${versions} versions + ${duplicates} duplicates + ${rejects} rejects, ${seconds} s\n`,
        )
      }
    })

  program
    .command('rank')
    .description('某日谁的风险最高 / who was riskiest as of a date, by the scores the stream wrote')
    .requiredOption('--realm <name>', '数据域 / the realm')
    .option('--as-of <date>', '截至何时 / as of; the newest where absent')
    .option('--known <date>', '按何时已知,默认与 --as-of 相同 / by what was known then; that of --as-of where absent')
    .option('--json', '每个主体一行 JSON / one JSON line per enterprise', false)
    .addHelpText('after', '\n  fengsui rank --realm chicago --as-of 2014-09-01 --json')
    .action(async (options: { realm: string; asOf?: string; known?: string; json: boolean }) => {
      const set = policySetOf(policies(), options.realm)
      const asOf = readMoment(options.asOf, set)
      const known = readMoment(options.known ?? options.asOf, set)
      const session = await openSession(config(), lifecycle, announce)
      const ports = await openPorts(config(), session.addresses, lifecycle, () => undefined)
      for await (const page of rank(ports.history, options.realm, asOf, known)) {
        process.stdout.write(
          page
            .map((row) => (options.json ? `${JSON.stringify(row)}\n` : `${row.score}\t${row.class}\t${row.id}\n`))
            .join(''),
        )
      }
    })

  const openParts = async () => {
    const session = await openSession(config(), lifecycle, announce)
    return { session, ports: await openPorts(config(), session.addresses, lifecycle, () => undefined) }
  }
  const printLine = (line: string) => void process.stdout.write(`${line}\n`)
  addRiskCommand(program, {
    setOf: (realm) => policySetOf(policies(), realm),
    openHistory: async () => (await openParts()).ports.history,
    print: printLine,
  })
  const caseParts: CaseCommandParts = {
    open: async (realm) => {
      const set = policySetOf(policies(), realm)
      const { session, ports } = await openParts()
      const personalKey = secret(session.folder, 'personal')
      return { set, personalKey, cases: await openCases({ ports, policiesFolder: policies(), personalKey }, set) }
    },
    print: printLine,
  }
  addObjectionCommands(program, caseParts)
  addRepairCommands(program, caseParts)

  addVerifyCommand(program, {
    setOf: (realm) => policySetOf(policies(), realm),
    openPorts: async () => (await openParts()).ports,
    print: printLine,
    exit,
  })

  program
    .command('simulate')
    .description('模拟城市,经由真实入口发送 / the simulated city, sent through the real front doors')
    .option('--enterprises <number>', '市场主体数 / enterprises', wholeNumber, 20_000)
    .option('--speed <factor>', '模拟时间倍速 / simulated seconds a second', positive, 720)
    .option('--seed <number>', '种子 / seed', wholeNumber, 1)
    .option('--truth <file>', '埋设的真相写入何处 / where the planted truth goes')
    .option('--examples <folder>', '只写出各数据源的示例文件 / only write a small file of every feed there')
    .addHelpText('after', '\n  fengsui simulate --enterprises 5000 --speed 3600 --truth truth.ndjson')
    .action(
      async (options: { enterprises: number; speed: number; seed: number; truth?: string; examples?: string }) => {
        if (options.examples === undefined) {
          await runSimulate(config(), { ...options, signal: stopOnSignals(), print: announce })
        } else for (const file of writeExamples(options.examples)) process.stdout.write(`${file}\n`)
      },
    )

  program
    .command('doctor')
    .description('自检:数据目录、存储、角色与数据源 / whether folder, stores, roles and feeds are well')
    .option('--role <name>', '只检查本机的一个角色 / one role of this machine alone', readRole)
    .option('--json', '每项检查一行 JSON / one JSON line per check', false)
    .addHelpText('after', '\n  fengsui doctor --data /srv/fengsui')
    .action(async (options: { role?: Role; json: boolean }) => {
      const checks = await examine(config(), options.role)
      for (const check of checks) {
        const line = options.json ? JSON.stringify(check) : `${MARKS[check.state]} ${say(check.text, language)}`
        process.stdout.write(`${line}\n`)
      }
      if (checks.some(({ state }) => state === 'failed')) exit(1)
    })

  program
    .command('bench')
    .description('测量速度与占用 / measure speed and memory, with private parts in temporary folders')
    .option('--only <name>', '只测名称以此开头的指标 / only figures whose names begin so')
    .option('--seconds <number>', '每段测量的大致时长 / about how long each stretch should take', positive, 20)
    .option('--json', '每个指标一行 JSON / one JSON line per figure', false)
    .addHelpText('after', '\n  fengsui bench --only path.embedded --seconds 10')
    .action(async (options: { only?: string; seconds: number; json: boolean }) => {
      // Read when it is asked for: no other command needs the benchmarks.
      const { runBenchCommand } = await import('./commands/bench.ts')
      const { only, seconds, json } = options
      const print = (line: string) => void process.stdout.write(`${line}\n`)
      await runBenchCommand(policies(), { only, seconds, json, signal: stopOnSignals(), print, announce })
    })

  addCodesCommand(program, { policies, language, exit })
  addPolicyCommands(program, {
    policies,
    language,
    exit,
    wholeNumber,
    setOf: (realm) => policySetOf(policies(), realm),
    openPorts: async () => (await openParts()).ports,
  })
  const print = (line: string) => void process.stdout.write(`${line}\n`)
  const policySet = (realm: string) => policySetOf(policies(), realm)
  addStewardCommands(program, { config, policySet, lifecycle, language, announce, print, exit })
  addOperatorCommands(program, { config, language, print })
  addFeedsCommands(program, {
    language,
    policySet,
    async openHistory() {
      const session = await openSession(config(), lifecycle, announce)
      return (await openPorts(config(), session.addresses, lifecycle, () => undefined)).history
    },
    print,
  })

  program
    .command('role', { hidden: true })
    .argument('<roles...>', ROLES.join(', '))
    .action(async (roles: string[]) => {
      exit((await runRoles(roles.map(readRole), config(), policies())) === 0 ? 0 : 1)
    })
  return program
}

const MARKS = { ok: '✓', note: '·', failed: '✗' } as const

function policySetOf(folder: string, realm: string): PolicySet {
  const sets = loadPolicySets(folder)
  const set = sets.get(realm)
  if (set === undefined)
    throw new Refusal(`There is no policy set for the realm "${realm}": there are ${[...sets.keys()].join(', ')}.`)
  return set
}

function readMoment(text: string | undefined, { realm }: PolicySet): number {
  return text === undefined ? Number.MAX_SAFE_INTEGER : readAsOf(text, realm.zoneOffsetMinutes)
}

/** The words as typed: `--feed NAME FILE…` may stand several times, each with its own files. */
function words(program: Command): readonly string[] {
  return (program as Command & { rawArgs: string[] }).rawArgs
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value]
}

function given(name: string, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [name]: value }
}

function portsFrom(port: number | undefined): Record<string, string> {
  if (port === undefined) return {}
  const [board, ingest, receiver, mqtt] = [port, port + 1, port + 2, port + 3].map(String)
  return {
    FENGSUI_PORT: board ?? '',
    FENGSUI_INGEST_PORT: ingest ?? '',
    FENGSUI_RECEIVER_PORT: receiver ?? '',
    FENGSUI_MQTT_PORT: mqtt ?? '',
  }
}

function readRole(text: string): Role {
  const found = ROLES.find((role) => role === text)
  if (found === undefined) throw new Refusal(`There is no role "${text}": there are ${ROLES.join(', ')}.`)
  return found
}

function wholeNumber(text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 0) throw new InvalidArgumentError('须为非负整数 / must be a whole number')
  return number
}

function positive(text: string): number {
  const number = Number(text)
  if (!(number > 0) || !Number.isFinite(number)) throw new InvalidArgumentError('须为正数 / must be a positive number')
  return number
}
