import { Command, CommanderError } from 'commander'
import { Refusal } from '../core/errors.ts'
import { addCommands } from './command-families.ts'
import type { CommandContext, ExitCode } from './commands/command-context.ts'
import { readConfig } from './config.ts'
import { type Language, languageOf } from './language.ts'
import { createLifecycle, type Lifecycle } from './lifecycle.ts'
import { defaultPoliciesFolder } from './package-root.ts'
import { loadPolicySets } from './policies.ts'
import { openPorts } from './ports.ts'
import { openSession } from './session.ts'
import { spokenError } from './spoken-errors.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** Reads the command line, runs the command, and stops in order whatever it had started. */
export async function runCommandLine(words: readonly string[], environment: Environment): Promise<ExitCode> {
  const lifecycle = createLifecycle()
  const stopping = new AbortController()
  let code: ExitCode = 0
  try {
    const language = languageOf(environment)
    const program = createProgram(environment)
    const exit = (given: ExitCode) => {
      code = given
    }
    await addCommands(program, words, contextOf(program, { environment, language, lifecycle, stopping, exit }))
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

function createProgram(environment: Environment): Command {
  return new Command('fengsui')
    .description('烽燧:企业风险监测、预警与公平抽查 / Risk signals, early warnings and fair inspections')
    .exitOverride()
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ outputError: (text, write) => write(spokenError(text)) })
    .option('--data <folder>', '数据目录 / the data folder', environment.FENGSUI_DATA ?? '.fengsui')
    .option('--policies <folder>', '规则目录 / folder of policy sets', defaultPoliciesFolder())
}

interface Around {
  readonly environment: Environment
  readonly language: Language
  readonly lifecycle: Lifecycle
  readonly stopping: AbortController
  readonly exit: (code: ExitCode) => void
}

function contextOf(program: Command, around: Around): CommandContext {
  const { environment, language, lifecycle, stopping, exit } = around
  const options = () => program.opts<{ readonly data: string; readonly policies: string }>()
  const config: CommandContext['config'] = (more = {}) =>
    readConfig({ ...environment, FENGSUI_DATA: options().data, ...more })
  const announce = (text: string) => void process.stderr.write(`${text}\n`)
  const openParts: CommandContext['openParts'] = async () => {
    const session = await openSession(config(), lifecycle, announce)
    return { session, ports: await openPorts(config(), session.addresses, lifecycle, () => undefined) }
  }
  return {
    language,
    lifecycle,
    config,
    policies: () => options().policies,
    setOf(realm) {
      const sets = loadPolicySets(options().policies)
      const set = sets.get(realm)
      if (set !== undefined) return set
      throw new Refusal({
        zh: `没有数据域 ${realm} 的规则集,现有 ${[...sets.keys()].join('、')}`,
        en: `There is no policy set for the realm "${realm}": there are ${[...sets.keys()].join(', ')}.`,
      })
    },
    openParts,
    openPorts: async () => (await openParts()).ports,
    openHistory: async () => (await openParts()).ports.history,
    stopOnSignals() {
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stopping.abort())
      if (process.connected === true) process.once('disconnect', () => stopping.abort())
      return stopping.signal
    },
    print: (line) => void process.stdout.write(`${line}\n`),
    announce,
    exit,
  }
}
