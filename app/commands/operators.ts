import type { Command } from 'commander'
import { Refusal } from '../../core/errors.ts'
import { OPERATOR_RIGHTS, type OperatorRight, RIGHT_NAMES } from '../../core/operator.ts'
import { dataFolderAt } from '../embedded/data-folder.ts'
import { say } from '../language.ts'
import { addOperator, readOperators, removeOperator } from '../operators.ts'
import type { CommandContext } from './command-context.ts'

/** `fengsui operators add|remove|list`: who may act through the servers, in the data folder of this machine. */
export function addOperatorCommands(program: Command, { config, language, print }: CommandContext): void {
  const operators = program
    .command('operators')
    .description('经办人密钥:发放、收回、查看 / keys of operators: give, take back, list')
  const folder = () => dataFolderAt(config().dataFolder)

  operators
    .command('add')
    .description('发放密钥,只显示一次 / gives a key, which is shown this once')
    .argument('<name>', '姓名或账号 / who it is')
    .option('--rights <list>', `权限 / rights: ${OPERATOR_RIGHTS.join(',')}`)
    .option('--renew', '更换密钥,旧密钥立即失效 / exchanges the key; the old one is good no more', false)
    .option('--json', 'JSON', false)
    .addHelpText('after', '\n  fengsui operators add li --rights steward\n  fengsui operators add li --renew')
    .action((name: string, options: { rights?: string; renew: boolean; json: boolean }) => {
      const rights = options.rights?.split(',').map(readRight)
      const key = addOperator(folder(), name, rights, options.renew)
      if (options.json) print(JSON.stringify({ name, key }))
      else print(`${say(WORDS.given, language)} ${name}: ${key}`)
    })

  operators
    .command('remove')
    .description('收回密钥,一秒内生效 / takes a key back, within a second')
    .argument('<name>', '姓名或账号 / whose')
    .action((name: string) => {
      removeOperator(folder(), name)
      print(`${say(WORDS.removed, language)} ${name}`)
    })

  operators
    .command('list')
    .description('谁有哪些权限 / who may do what')
    .option('--json', '每人一行 JSON / one JSON line each', false)
    .action((options: { json: boolean }) => {
      for (const [name, { rights }] of Object.entries(readOperators(folder()))) {
        const named = rights.map((right) => say(RIGHT_NAMES[right], language)).join(', ')
        print(options.json ? JSON.stringify({ name, rights }) : `${name}\t${named}`)
      }
    })
}

const WORDS = {
  given: {
    zh: '密钥只显示这一次,系统仅保存其摘要。',
    en: 'The key is shown this once, and only its hash is kept.',
  },
  removed: { zh: '已收回密钥:', en: 'Taken back, the key of' },
} as const

function readRight(text: string): OperatorRight {
  const right = OPERATOR_RIGHTS.find((one) => one === text.trim())
  if (right !== undefined) return right
  throw new Refusal({
    zh: `没有权限“${text}”,可用:${OPERATOR_RIGHTS.join('、')}`,
    en: `There is no right "${text}": there are ${OPERATOR_RIGHTS.join(', ')}.`,
  })
}
