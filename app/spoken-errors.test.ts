import { expect, it } from 'vitest'
import { runCommandLine } from './command-line.ts'
import { spokenError } from './spoken-errors.ts'

it.each([
  ["error: unknown command 'rnak'\n(Did you mean rank?)\n", '没有命令 rnak / error: unknown command'],
  ["error: required option '--realm <name>' not specified\n", '缺少选项 --realm <name> / error: required option'],
  ["error: option '--limit <n>' argument 'x' is invalid. 须为整数\n", '选项 --limit <n> 的取值 x 无效 / error: option'],
  ['Usage: fengsui [options]\n', 'Usage: fengsui [options]'],
])('what the command line says of %j is said in both languages', (text, begins) => {
  expect(spokenError(text).startsWith(begins)).toBe(true)
  expect(spokenError(text).endsWith(text)).toBe(true)
})

it('a mistaken command, also within a family, is answered so and ends with 2', async () => {
  const said: string[] = []
  const write = process.stderr.write
  process.stderr.write = (text) => said.push(String(text)) > 0
  try {
    expect(await runCommandLine(['rnak'], {})).toBe(2)
    expect(await runCommandLine(['repairs', 'list'], {})).toBe(2)
  } finally {
    process.stderr.write = write
  }
  expect(said.join('')).toContain('没有命令 rnak / error: unknown command')
  expect(said.join('')).toContain('缺少选项 --realm')
})
