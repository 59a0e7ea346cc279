import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Refusal } from '../core/errors.ts'
import { devicePasswords } from './device-passwords.ts'
import { type DataFolder, dataFolderAt } from './embedded/data-folder.ts'

let folder: DataFolder
let file: string
let now: number
let unusable: Error[]

beforeEach(() => {
  folder = dataFolderAt(mkdtempSync(join(tmpdir(), 'fengsui-devices-')))
  mkdirSync(folder.keys)
  file = join(folder.keys, 'devices.json')
  now = 1_000_000
  unusable = []
})
afterEach(() => rmSync(folder.path, { recursive: true, force: true }))

const open = () =>
  devicePasswords({
    folder,
    feed: 'city/hj212',
    clock: { now: () => now },
    onUnusable: (error) => unusable.push(error),
  })

/** As an editor does, a second later. */
function write(text: string): void {
  writeFileSync(file, text)
  now += 2_000
  utimesSync(file, now / 1_000, now / 1_000)
}

describe('the passwords of devices', () => {
  it('are none on the first start, in a file that nobody else can read', () => {
    expect(open()('MN1')).toBeUndefined()
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ 'city/hj212': {} })
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('are those of the feed that asks, and follow the file', () => {
    write('{"city/hj212":{"MN1":"one"},"other/hj212":{"MN2":"two"}}')
    const passwordOf = open()
    expect([passwordOf('MN1'), passwordOf('MN2'), passwordOf('constructor')]).toEqual(['one', undefined, undefined])
    write('{"city/hj212":{"MN2":"three"}}')
    expect([passwordOf('MN1'), passwordOf('MN2')]).toEqual([undefined, 'three'])
  })

  it('stay in force while the file cannot be read, and that is said', () => {
    write('{"city/hj212":{"MN1":"one"}}')
    const passwordOf = open()
    write('{"city/hj212":')
    expect(passwordOf('MN1')).toBe('one')
    expect(unusable).toHaveLength(1)
    write('{"city/hj212":{"MN1":"two"}}')
    expect(passwordOf('MN1')).toBe('two')
  })

  it.each([
    ['a password that is no text', '{"city/hj212":{"MN1":123456}}'],
    ['a list', '{"city/hj212":["MN1"]}'],
  ])('refuse to begin with %s', (_, text) => {
    write(text)
    expect(open).toThrow(Refusal)
  })
})
