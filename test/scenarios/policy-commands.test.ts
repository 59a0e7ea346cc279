import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readCandidate } from '../../app/commands/policy-candidate.ts'
import { checkSet } from '../../app/commands/policy-check.ts'
import { diffPolicies } from '../../app/commands/policy-diff.ts'
import { tryFeed } from '../../app/commands/policy-try.ts'
import { loadPolicySetNamed } from '../../app/policies.ts'
import { fengsuiToEnd } from '../support/command.ts'

const POLICIES = fileURLToPath(new URL('../../policies/', import.meta.url))
const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url))

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fengsui-policy-'))
  cpSync(POLICIES, folder, { recursive: true })
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

type Json = Record<string, never> & Record<string, unknown>

/** Changes one file of a copied set, and undoes it. */
function withFile<Result>(file: string, change: (json: Json) => void, use: () => Result): Result {
  const path = join(folder, file)
  const before = readFileSync(path, 'utf8')
  const json: Json = JSON.parse(before)
  change(json)
  writeFileSync(path, JSON.stringify(json))
  try {
    return use()
  } finally {
    writeFileSync(path, before)
  }
}

const set = (json: Json, pointer: string, value: unknown) => {
  const names = pointer.split('/').slice(1)
  const last = names.pop() ?? ''
  const holder = names.reduce<object>((inner, name) => Reflect.get(inner, name), json)
  Reflect.set(holder, last, value)
}

describe('fengsui policy check', () => {
  it('finds nothing to mend in the sets that come with the product', () => {
    for (const name of ['beijing-air', 'chicago', 'city', 'demo-city', 'louisville', 'montreal', 'nab'])
      expect(checkSet(POLICIES, name), name).toEqual([])
  })

  it.each<[string, string, string, unknown, string]>([
    [
      'a code table that is not there',
      'city/feeds/penalties.json',
      '/authority/table',
      'offices',
      '/authority/table names offices',
    ],
    ['a cause that the realm does not know', 'city/tables/causes.json', '/食品卫生', 'dirt', 'no cause dirt'],
    ['a feed that an indicator waits for', 'city/realm.json', '/indicators/0/select/feeds', ['fines'], 'no feed fines'],
    ['a route to a district', 'city/realm.json', '/routes/0/districts', ['999999'], 'no district 999999'],
    ['a sampling policy', 'city/realm.json', '/sampling', 'ours', 'no sampling policy ours'],
    ['a legacy code that passes', 'city/legacy-codes.json', '/0', '91140105MA0T100092', 'needs no listing'],
    ['a weight beyond its bound', 'city/realm.json', '/indicators/0/weight', 1001, '/indicators/0/weight'],
    [
      'a fault within a condition',
      'city/feeds/permits.json',
      '/observations/0/when/0/matches',
      '(',
      '/observations/0/when/0 Invalid',
    ],
  ])('names %s', (_, file, pointer, value, said) => {
    const findings = withFile(
      file,
      (json) => set(json, pointer, value),
      () => checkSet(folder, 'city'),
    )
    expect(
      findings.some(({ kind, en }) => kind === 'fault' && en.includes(said)),
      JSON.stringify(findings),
    ).toBe(true)
  })

  it('says all faults of all files at once', () => {
    const findings = withFile(
      'city/feeds/penalties.json',
      (json) => set(json, '/trust', 'sure'),
      () =>
        withFile(
          'city/feeds/permits.json',
          (json) => set(json, '/format', 'paper'),
          () => checkSet(folder, 'city'),
        ),
    )
    expect(findings.filter(({ kind }) => kind === 'fault').map(({ place }) => place)).toEqual([
      'feeds/penalties.json',
      'feeds/permits.json',
    ])
  })

  it('notes what an indicator waits for and no feed brings', () => {
    const findings = withFile(
      'city/realm.json',
      (json) => set(json, '/indicators/0/select/facts', { colour: ['red'] }),
      () => checkSet(folder, 'city'),
    )
    expect(findings).toEqual([expect.objectContaining({ kind: 'note', en: 'no feed gives penalty the fact colour' })])
  })
})

describe('fengsui policy stage', () => {
  it('refuses a file with every fault at once, whatever else is wrong with it', () => {
    const { rules, findings } = withFile(
      'city/realm.json',
      (json) => {
        set(json, '/indicators/0/weight', 5000)
        set(json, '/colour', 'red')
      },
      () => readCandidate(folder, join(folder, 'city', 'realm.json')),
    )
    expect(rules).toBeUndefined()
    for (const fault of ['colour', '/indicators/0/weight']) expect(JSON.stringify(findings)).toContain(fault)
  })

  it('takes a set by name or folder, and a file by itself', () => {
    for (const named of ['city', join(folder, 'city'), join(folder, 'city', 'realm.json')]) {
      expect(readCandidate(folder, named), named).toMatchObject({ rules: { realm: 'city' }, findings: [] })
    }
    expect(() => readCandidate(folder, 'town')).toThrow(/no policy set and no file town/)
  })
})

describe('fengsui policy diff', () => {
  function diff(language: 'zh' | 'en'): string[] {
    const lines: string[] = []
    diffPolicies(POLICIES, 'city', join(folder, 'city'), { json: false, language, print: (line) => lines.push(line) })
    return lines
  }

  it('says that two equal sets mean the same', () => {
    expect(diff('en')).toEqual(['The two sets mean the same.'])
    expect(diff('zh')).toEqual(['两套规则含义相同'])
  })

  it.each<[string, string, unknown, string, string]>([
    ['city/realm.json', '/indicators/0/weight', 350, 'weight, per mille: 300 → 350', '权重(千分比):300 → 350'],
    ['city/realm.json', '/classes/2/from', 30, 'class C begins at: 26 → 30', '分级 C 的起点:26 → 30'],
    [
      'city/realm.json',
      '/sampling',
      'henan-2021',
      'sampling policy: default → henan-2021',
      '抽查规则:default → henan-2021',
    ],
    ['city/feeds/penalties.json', '/sheet', 'Sheet2', 'sheet: – → Sheet2', '工作表:– → Sheet2'],
    [
      'city/realm.json',
      '/publication/0/workingDays',
      5,
      'publication clock double-publicity',
      '公示期限 double-publicity',
    ],
    [
      'city/realm.json',
      '/comparisons/0/name/en',
      'Another name',
      'comparison permitted-after-end: ',
      '数据比对 permitted-after-end:',
    ],
    ['city/feeds/penalties.json', '/trust', 'reported', 'trust: verified → reported', '可信级别:verified → reported'],
    [
      'city/feeds/penalties.json',
      '/observations/0/kind',
      'permit',
      'kind: penalty → permit',
      '事实种类:penalty → permit',
    ],
    [
      'city/tables/causes.json',
      '/食品卫生',
      'pollution',
      'code 食品卫生: food-hygiene → pollution',
      '代码 食品卫生:food-hygiene → pollution',
    ],
  ])('says once what a change means: %s %s', (file, pointer, value, en, zh) => {
    const [english, chinese] = withFile(
      file,
      (json) => set(json, pointer, value),
      () => [diff('en'), diff('zh')],
    )
    expect(english).toEqual([expect.stringContaining(en)])
    expect(chinese).toEqual([expect.stringContaining(zh)])
  })
})

describe('fengsui policy try', () => {
  async function attempt(language: 'zh' | 'en', json: boolean, file = join(EXAMPLES, 'penalties.before-2018.csv')) {
    const lines: string[] = []
    const now = Date.UTC(2026, 10, 25)
    const options = { feed: 'penalties', file, rows: 3, json, language, now, print: (line: string) => lines.push(line) }
    const summary = await tryFeed(loadPolicySetNamed(POLICIES, 'city'), options)
    return { summary, lines }
  }

  it('shows in words what rows become, in either language', async () => {
    const english = (await attempt('en', false)).lines.join('\n')
    expect(english).toContain('penalty: Penalty · verified · cause Food hygiene · value 5000.00 yuan')
    expect(english).toContain('20 rows = 20 kept (20 observations) + 0 rejected')
    const chinese = (await attempt('zh', false)).lines.join('\n')
    expect(chinese).toContain('penalty: 行政处罚 · 已核实 · 事由 食品卫生 · 数值 5000.00 元')
    expect(chinese).toContain('20 行 = 接收 20 行')
  })

  it('gives machines a line for every row, and the summary last', async () => {
    const { lines } = await attempt('en', true)
    expect(lines).toHaveLength(21)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ line: 2, observations: [{ kind: 'penalty' }] })
    expect(JSON.parse(lines[20] ?? '')).toMatchObject({ feed: 'penalties', rows: 20, rejected: 0, groups: [] })
  })

  it('says why rows would be rejected, and what to do about it', async () => {
    const file = join(folder, 'penalties.csv')
    writeFileSync(
      file,
      readFileSync(join(EXAMPLES, 'penalties.csv'), 'utf8').replace(/,2026-(\d\d)-(\d\d),/, ',2026-$2-$1月,'),
    )
    const { lines, summary } = await attempt('en', false, file)
    expect(summary).toMatchObject({ rejected: 1 })
    expect(lines.join('\n')).toMatch(
      /1 × bad-date No such date: mend it, or add its pattern to date\n +CF_JDRQ: .* \(lines 2\)/,
    )
  })
})

describe('the commands tell a script what they found by their exit code', () => {
  it.each<[string, readonly string[], number]>([
    ['there is no such set', ['policy', 'check', 'town'], 2],
    ['a row is rejected', ['policy', 'try', 'permits', 'examples/penalties.csv'], 1],
    ['every code is right', ['codes', 'examples/penalties.csv', '--column', 'CF_XDR_SHXYM'], 0],
  ])('%s: %j', async (_, words, code) => {
    const outcome = await fengsuiToEnd(['--policies', POLICIES, ...words])
    expect(outcome.code, outcome.said + outcome.complained).toBe(code)
  })
})
