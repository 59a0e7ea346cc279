import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { makeSynced, writeSynced } from '../adapters/files/synced.ts'
import { Refusal } from '../core/errors.ts'
import { FIRST_OPERATOR, OPERATOR_RIGHTS, type Operator, type OperatorRight, type Operators } from '../core/operator.ts'
import type { Clock } from '../core/time.ts'
import type { DataFolder } from './embedded/data-folder.ts'
import { FIRST_KEY_FILE, firstKey } from './operator-key.ts'

const FILE = 'operators.json'
const LOOK_EVERY_MS = 1_000
const MOST_OPERATORS = 1_000
const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u
const HASH = /^sha256:[0-9a-f]{64}$/

/** One line of `keys/operators.json`: who holds a key, by its hash alone, and what it is good for. */
export interface OperatorEntry {
  /** `sha256:` and the hash of the key, or the name of the file that holds the site's first key. */
  readonly key: string
  readonly rights: readonly OperatorRight[]
}

export type OperatorEntries = Readonly<Record<string, OperatorEntry>>

export interface OperatorsOptions {
  readonly folder: DataFolder
  readonly clock: Clock
  /** The file was changed and cannot be used: what stood in it before stays in force. */
  readonly onUnusable: (error: Error) => void
}

/**
 * Those who may act through the servers. The file may be changed at any time and counts within a second, so that a key is
 * given, exchanged and taken back while the system runs. Keys are 256 random bits: their plain hash tells nobody anything.
 * Errors: `Refusal` where it cannot be used at the start.
 */
export function openOperators({ folder, clock, onUnusable }: OperatorsOptions): Operators {
  makeRoom(folder)
  let changed = stateOf(folder)
  let looked = clock.now()
  let held = holdersOf(folder)

  function look(): void {
    const now = clock.now()
    if (now - looked < LOOK_EVERY_MS) return
    looked = now
    const state = stateOf(folder)
    if (state === changed) return
    changed = state
    try {
      held = holdersOf(folder)
    } catch (error) {
      onUnusable(error instanceof Error ? error : new Error(String(error)))
    }
  }

  return {
    identify(key) {
      look()
      const offered = digestOf(key)
      let found: Operator | undefined
      // All are compared, so that the time says nothing of whose key it nearly was.
      for (const { digest, operator } of held) if (timingSafeEqual(offered, digest)) found = operator
      return found
    },
    isNamed(name) {
      look()
      return held.some(({ operator }) => operator.name === name)
    },
  }
}

/** Errors: `Refusal` where the file is not what it must be. */
export function readOperators(folder: DataFolder): OperatorEntries {
  makeRoom(folder)
  return readEntries(join(folder.keys, FILE))
}

/** Gives a new key to a name and tells it, once; `renew` where the name has one, which is good no more. Errors: `Refusal`. */
export function addOperator(
  folder: DataFolder,
  name: string,
  rights: readonly OperatorRight[] | undefined,
  renew: boolean,
): string {
  const entries = readOperators(folder)
  const before = entries[name]
  if (!NAME.test(name))
    throw new Refusal({
      zh: `名称“${name}”不可用:1 至 64 个文字、数字、空格或 . _ -`,
      en: `"${name}" is no name: 1 to 64 letters, digits, blanks or . _ -`,
    })
  if (before !== undefined && !renew)
    throw new Refusal({ zh: `${name} 已有密钥;更换请加 --renew`, en: `${name} has a key: exchange it with --renew.` })
  if (before === undefined && renew)
    throw new Refusal({ zh: `没有名为 ${name} 的经办人`, en: `There is no operator of the name ${name}.` })
  const given = rights ?? before?.rights ?? []
  if (given.length === 0)
    throw new Refusal({
      zh: `请用 --rights 指明权限:${OPERATOR_RIGHTS.join('、')}`,
      en: `Name the rights with --rights: ${OPERATOR_RIGHTS.join(', ')}.`,
    })
  if (before === undefined && Object.keys(entries).length >= MOST_OPERATORS)
    throw new Refusal({
      zh: `最多 ${MOST_OPERATORS} 名经办人`,
      en: `There are ${MOST_OPERATORS} operators, which are all that there may be.`,
    })
  const key = randomBytes(32).toString('base64url')
  const hash = `sha256:${digestOf(key).toString('hex')}`
  writeEntries(folder, { ...entries, [name]: { key: hash, rights: given } })
  // Its file would tell a key that is good no more.
  if (before?.key === FIRST_KEY_FILE) rmSync(join(folder.keys, FIRST_KEY_FILE), { force: true })
  return key
}

/** Errors: `Refusal` where there is nobody of that name. */
export function removeOperator(folder: DataFolder, name: string): void {
  const { [name]: gone, ...rest } = readOperators(folder)
  if (gone === undefined)
    throw new Refusal({ zh: `没有名为 ${name} 的经办人`, en: `There is no operator of the name ${name}.` })
  writeEntries(folder, rest)
  if (gone.key === FIRST_KEY_FILE) rmSync(join(folder.keys, FIRST_KEY_FILE), { force: true })
}

interface Holder {
  readonly digest: Buffer
  readonly operator: Operator
}

function holdersOf(folder: DataFolder): readonly Holder[] {
  return Object.entries(readEntries(join(folder.keys, FILE))).map(([name, { key, rights }]) => ({
    digest: key === FIRST_KEY_FILE ? digestOf(firstKey(folder)) : Buffer.from(key.slice('sha256:'.length), 'hex'),
    operator: { name, rights: new Set(rights) },
  }))
}

/** Every site has a first key, with all rights, as those before it had: taken away, it stays away. */
function makeRoom(folder: DataFolder): void {
  const file = join(folder.keys, FILE)
  if (existsSync(file)) return
  mkdirSync(folder.keys, { recursive: true, mode: 0o700 })
  firstKey(folder)
  // Where another role was first its file holds.
  makeSynced(file, textOf({ [FIRST_OPERATOR]: { key: FIRST_KEY_FILE, rights: OPERATOR_RIGHTS } }))
}

function writeEntries(folder: DataFolder, entries: OperatorEntries): void {
  writeSynced(join(folder.keys, FILE), textOf(entries))
}

function textOf(entries: OperatorEntries): string {
  return `${JSON.stringify(entries, null, 2)}\n`
}

/** What a change of the file, or of the first key's, shows in. */
function stateOf(folder: DataFolder): string {
  return [FILE, FIRST_KEY_FILE]
    .map((name) => statSync(join(folder.keys, name), { throwIfNoEntry: false }))
    .map((stat) => (stat === undefined ? '' : `${stat.mtimeMs} ${stat.ino} ${stat.size}`))
    .join('; ')
}

function readEntries(file: string): OperatorEntries {
  let json: unknown
  try {
    json = JSON.parse(readFileSync(file, 'utf8'))
  } catch (cause) {
    throw new Refusal({ zh: `无法读取 ${file}`, en: `${file} cannot be read.` }, { cause })
  }
  if (!isRecord(json))
    throw new Refusal({
      zh: `${file} 应写作 {"姓名": {"key": "sha256:…", "rights": ["steward"]}}`,
      en: `${file} must be {"name": {"key": "sha256:…", "rights": ["steward"]}}.`,
    })
  return Object.fromEntries(
    Object.entries(json).map(([name, entry]) => {
      if (!NAME.test(name) || !isEntry(entry))
        throw new Refusal({ zh: `${file}:“${name}”一项不可用`, en: `${file}: the entry of "${name}" cannot be used.` })
      return [name, entry]
    }),
  )
}

function isEntry(entry: unknown): entry is OperatorEntry {
  if (!isRecord(entry)) return false
  const { key, rights } = entry
  const isKey = typeof key === 'string' && (HASH.test(key) || key === FIRST_KEY_FILE)
  return isKey && Array.isArray(rights) && rights.every((right) => OPERATOR_RIGHTS.includes(right))
}

function isRecord(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json)
}

function digestOf(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}
