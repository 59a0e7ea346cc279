import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { actorOf, UNSIGNED } from '../core/operator.ts'
import { type DataFolder, dataFolderAt } from './embedded/data-folder.ts'
import { commandKey, firstKey } from './operator-key.ts'
import { addOperator, openOperators, readOperators, removeOperator } from './operators.ts'

let folder: DataFolder
let now: number
let unusable: Error[]

beforeEach(() => {
  folder = dataFolderAt(mkdtempSync(join(tmpdir(), 'fengsui-operators-')))
  now = 1_000_000
  unusable = []
})
afterEach(() => rmSync(folder.path, { recursive: true, force: true }))

const open = () => openOperators({ folder, clock: { now: () => now }, onUnusable: (error) => unusable.push(error) })
const file = () => join(folder.keys, 'operators.json')

describe('operators', () => {
  it('begin with the key that every site had, under a name, with all rights', () => {
    const operators = open()
    const key = readFileSync(join(folder.keys, 'operator.txt'), 'utf8').trim()
    expect(operators.identify(key)).toEqual({
      name: 'operator',
      rights: new Set(['steward', 'objections', 'policy']),
    })
    expect(operators.identify('')).toBeUndefined()
    expect(operators.identify(`${key}x`)).toBeUndefined()
    expect(statSync(file()).mode & 0o077).toBe(0)
    expect(commandKey(folder, undefined)).toBe(key)
  })

  it('are given a key while the system runs, of which only the hash is kept', () => {
    const operators = open()
    const key = addOperator(folder, '李工', ['steward'], false)
    expect(readFileSync(file(), 'utf8')).not.toContain(key)
    expect(operators.identify(key)).toBeUndefined()
    now += 1_000
    expect(operators.identify(key)).toEqual({ name: '李工', rights: new Set(['steward']) })
  })

  it('exchange it, and the old one is good no more; what it is good for stays', () => {
    const operators = open()
    const old = addOperator(folder, 'li', ['objections'], false)
    expect(() => addOperator(folder, 'li', ['objections'], false)).toThrow('--renew')
    const key = addOperator(folder, 'li', undefined, true)
    now += 1_000
    expect(operators.identify(old)).toBeUndefined()
    expect(operators.identify(key)?.rights).toEqual(new Set(['objections']))
  })

  it('are taken away, the first key too, which does not come back', () => {
    const operators = open()
    const first = firstKey(folder)
    const key = addOperator(folder, 'li', ['steward'], false)
    removeOperator(folder, 'operator')
    now += 1_000
    expect(operators.identify(first)).toBeUndefined()
    expect(existsSync(join(folder.keys, 'operator.txt'))).toBe(false)
    expect(open().identify(first)).toBeUndefined()
    expect(() => commandKey(folder, undefined)).toThrow('FENGSUI_OPERATOR_KEY')
    expect(commandKey(folder, key)).toBe(key)
    expect(() => removeOperator(folder, 'operator')).toThrow('no operator')
  })

  it.each([
    ['no JSON', '{'],
    ['a key in the clear', '{"li": {"key": "secret", "rights": []}}'],
    ['a right that is none', `{"li": {"key": "sha256:${'0'.repeat(64)}", "rights": ["all"]}}`],
  ])('stay as they were while their file holds %s', (_, content) => {
    const operators = open()
    const key = addOperator(folder, 'li', ['steward'], false)
    now += 1_000
    expect(operators.identify(key)?.name).toBe('li')
    writeFileSync(file(), content)
    now += 1_000
    expect(operators.identify(key)?.name).toBe('li')
    expect(unusable).toHaveLength(1)
    expect(() => open()).toThrow('operators.json')
  })

  it('refuse a name or a right that cannot be', () => {
    expect(() => addOperator(folder, '../li', ['steward'], false)).toThrow('is no name')
    expect(() => addOperator(folder, 'li', undefined, false)).toThrow('--rights')
    expect(() => addOperator(folder, 'li', ['steward'], true)).toThrow('no operator')
    expect(() => addOperator(folder, UNSIGNED, ['steward'], false)).toThrow('is no name')
    expect(Object.keys(readOperators(folder))).toEqual(['operator'])
  })
})

describe('in whose name an act is recorded', () => {
  const rights = new Set<never>()
  const operators = { isNamed: (name: string) => name === 'li' }

  it.each([
    ['a named key signs for its holder alone', 'wang', 'li', 'wang'],
    ['the first key for whom it names', 'operator', 'zhao', 'zhao'],
    ['the first key not for one who has a key', 'operator', 'li', 'operator'],
    ['the first key for itself', 'operator', undefined, 'operator'],
    ['the first key not for nobody', 'operator', '~unsigned', 'operator'],
  ])('%s', (_, name, claimed, expected) => {
    expect(actorOf({ name, rights }, claimed, operators)).toBe(expected)
  })
})
