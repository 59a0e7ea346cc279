/** What the parser of the command line says in English, said in Chinese before it; the pattern's groups are kept. */
const SPOKEN: readonly (readonly [RegExp, (...found: readonly string[]) => string])[] = [
  [/^error: unknown command '(.+)'/, (_, word) => `没有命令 ${word}`],
  [/^error: unknown option '(.+)'/, (_, option) => `没有选项 ${option}`],
  [/^error: required option '(.+)' not specified/, (_, option) => `缺少选项 ${option}`],
  [/^error: missing required argument '(.+)'/, (_, name) => `缺少参数 ${name}`],
  [/^error: option '(.+)' argument missing/, (_, option) => `选项 ${option} 缺少取值`],
  [/^error: option '(.+)' argument '(.*)' is invalid/, (_, option, value) => `选项 ${option} 的取值 ${value} 无效`],
  [/^error: too many arguments/, () => '参数过多'],
]

/** The same line in both languages; as it is where it is none of those that are known. */
export function spokenError(text: string): string {
  for (const [pattern, zh] of SPOKEN) {
    const found = pattern.exec(text)
    if (found !== null) return `${zh(...found)} / ${text}`
  }
  return text
}
