import { type Command, Option } from 'commander'
import type { CommandContext } from './command-context.ts'
import { given, positive, readRole, wholeNumber } from './option-values.ts'
import { runStart } from './start.ts'
import { runStartRoles } from './start-roles.ts'

export function addStartCommand(program: Command, context: CommandContext): void {
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
        const settings = context.config({
          ...portsFrom(options.port),
          ...given('FENGSUI_LOG', options.log),
          ...given('KAFKA_BROKERS', options.brokers),
        })
        if (options.roles !== undefined) {
          context.exit(await runStartRoles(options.roles.split(',').map(readRole), settings, context.policies()))
          return
        }
        const { language, lifecycle, print } = context
        const signal = context.stopOnSignals()
        await runStart(settings, context.policies(), { ...options, language, signal, print }, lifecycle)
      },
    )
}

/** Without a port of its own each of the doors takes one that is free; with one they follow each other. */
function portsFrom(port: number | undefined): Record<string, string> {
  if (port === undefined) return {}
  const [board, ingest, receiver, mqtt] = [0, 1, 2, 3].map((door) => String(port === 0 ? 0 : port + door))
  return {
    FENGSUI_PORT: board ?? '',
    FENGSUI_INGEST_PORT: ingest ?? '',
    FENGSUI_RECEIVER_PORT: receiver ?? '',
    FENGSUI_MQTT_PORT: mqtt ?? '',
  }
}
