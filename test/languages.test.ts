import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { oneLanguageTexts } from './support/one-language.ts'

const ROOT = join(import.meta.dirname, '..')
const FOLDERS = ['core', 'ingest', 'processors', 'alerts', 'inspections', 'dashboards', 'adapters', 'app', 'simulation']
/** Names as they stand in the simulated records, and the switch that is named in the other language. */
const NOT_TEXTS = [
  'simulation/authorities.ts',
  'simulation/city.ts',
  "dashboards/web/src/texts.ts:15 no Chinese under zh: { zh: 'English', en: '中文' }",
]

function sources(): string[] {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', ...FOLDERS], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  return listed
    .split('\n')
    .filter((file) => /\.(ts|vue)$/.test(file) && !file.endsWith('.test.ts') && existsSync(join(ROOT, file)))
}

describe('what a person reads', () => {
  it('is in Chinese and in English, and says the same in both', () => {
    const files = sources()
    expect(files.length).toBeGreaterThan(500)
    const found = files.flatMap((file) => oneLanguageTexts(file, readFileSync(join(ROOT, file), 'utf8')))
    expect(found.filter((one) => !NOT_TEXTS.some((known) => one.startsWith(known)))).toEqual([])
  })

  it.each([
    ['a.ts', "throw new Refusal({ zh: 'no such file', en: 'no such file there' })", 'no Chinese under zh'],
    ['a.ts', "throw new Refusal({ zh: '没有文件', en: '没有 file' })", 'Chinese under en'],
    ['a.ts', `refuse({ zh: \`没有 \${name}\`, en: 'There is none' })`, 'only one names name'],
    ['a.ts', "const text = { zh: '没有文件' }", 'without the other'],
    ['a.ts', "program.command('x').description('what it does')", 'one language'],
    ['a.ts', "program.option('--since <date>', '接收日期起')", 'one language'],
    ['a.ts', `announce(\`\${name} has died\`)`, 'one language'],
    ['A.vue', '<template>\n  <p>\n    Loading\n  </p>\n</template>', 'written into the page: Loading'],
    ['A.vue', '<template>\n  <input placeholder="查找" />\n</template>', 'written into the page: 查找'],
    [
      'A.vue',
      "<script setup>\nconst text = { zh: '空', en: '空' + 1 && '' }\nsay({ zh: 'x y', en: 'x z' })\n</script>",
      'no Chinese',
    ],
  ])('a text in one language is found: %s %j', (file, text, fault) => {
    expect(oneLanguageTexts(file, text).join('\n')).toContain(fault)
  })

  it('names and figures belong to no language', () => {
    const text = `const name = { zh: 'HJ 212', en: 'HJ 212' }\nprogram.option('--json', 'JSON')\nprint({ zh: \`\${a}:可达\`, en: \`\${a}: answers\` })`
    expect(oneLanguageTexts('a.ts', text)).toEqual([])
  })
})
