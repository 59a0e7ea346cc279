import { asItIs, type Bilingual, joined } from '../../core/bilingual.ts'
import type { SubjectPolicy } from '../../core/feed-policy.ts'
import type { RejectReason } from '../../core/reject.ts'
import { normaliseUscc, organisationCheckCharacter, usccCheckCharacter, validateUscc } from '../../core/uscc.ts'
import { compileDecimal } from './decimal.ts'
import { compileRaw, type Fields, originOf } from './take.ts'

const MAX_ID_LENGTH = 200
/** About 10 MB. */
const CODES_KEPT = 50_000

export interface ReadySubject {
  readonly subject: string
  /** Where an enterprise or device stands, if its row says so. */
  readonly square: SubjectSquare | undefined
  readonly status: 'plain' | 'legacy'
}

export interface SubjectFault {
  readonly reason: RejectReason
  readonly hint: Bilingual
}

export type SubjectResult = ReadySubject | { readonly subject?: undefined; readonly rejected: SubjectFault }

export function compileSubject(
  policy: SubjectPolicy,
  gridMilliDegrees: number,
  legacyCodes: ReadonlySet<string>,
): (fields: Fields, name: string) => SubjectResult {
  const readId = policy.id === undefined ? undefined : compileRaw(policy.id)
  const origin = policy.id === undefined ? 'coordinates' : originOf(policy.id)
  const readSquare = compileSquare(policy, gridMilliDegrees)
  const readOther = compileOther(policy)
  /** Codes that were found in order, as they were written: most rows are about enterprises of rows before. */
  const known = new Map<string, { readonly subject: string; readonly status: 'plain' | 'legacy' }>()

  return function readSubject(fields, name) {
    const square = readSquare(fields, name)
    const id = readId === undefined ? '' : readId(fields, name)
    if (policy.kind === 'place') {
      if (square !== undefined) return { subject: square.place, square: undefined, status: 'plain' }
      if (id === '')
        return reject('unknown-subject', {
          zh: `${origin}:没有坐标,也没有地点的其他名称`,
          en: `${origin}: no coordinates and no other name of the place`,
        })
      return { subject: `place:${policy.scheme}:${id}`, square: undefined, status: 'plain' }
    }
    const other = id === '' ? readOther(fields, name) : ''
    if (other !== '') return { subject: other, square, status: 'plain' }
    if (id === '' && square !== undefined) return { subject: square.place, square: undefined, status: 'plain' }
    if (id === '')
      return reject('unknown-subject', {
        zh: `${origin}:为空,或填写的是“无”一类文字`,
        en: `${origin}: empty, or a text that stands for none`,
      })
    if (id.length > MAX_ID_LENGTH)
      return reject('bad-code-shape', {
        zh: `${origin}:超过 ${MAX_ID_LENGTH} 个字符`,
        en: `${origin}: longer than ${MAX_ID_LENGTH} characters`,
      })
    if (policy.scheme !== 'uscc') return { subject: `${policy.scheme}:${id}`, square, status: 'plain' }
    const before = known.get(id)
    if (before !== undefined) return { subject: before.subject, square, status: before.status }
    const code = normaliseUscc(id)
    const verdict = validateUscc(code, legacyCodes)
    if (verdict === 'ok' || verdict === 'legacy') {
      const status = verdict === 'ok' ? 'plain' : 'legacy'
      const subject = `uscc:${code}`
      if (known.size >= CODES_KEPT) known.clear()
      known.set(id, { subject, status })
      return { subject, square, status }
    }
    if (verdict === 'bad-shape') return reject('bad-code-shape', joined([asItIs(origin), shapeFault(code)], ': '))
    const hint =
      verdict === 'bad-check-digit'
        ? {
            zh: `第 18 位应为 ${usccCheckCharacter(code.slice(0, 17))}(GB 32100)`,
            en: `character 18 should be ${usccCheckCharacter(code.slice(0, 17))} (GB 32100)`,
          }
        : {
            zh: `第 17 位应为 ${organisationCheckCharacter(code.slice(8, 16))}(GB 11714)`,
            en: `character 17 should be ${organisationCheckCharacter(code.slice(8, 16))} (GB 11714)`,
          }
    return reject('bad-check-digit', joined([asItIs(origin), hint], ': '))
  }
}

/** Subjects that the register has to be asked about; none of them gets into the log. */
export const BY_NUMBER = 'number:'
export const BY_NAME = 'name:'

/** Width, case, blanks and hyphens do not tell numbers apart: 组织机构代码 are written with a hyphen and without. */
export function normaliseNumber(number: string): string {
  return normaliseUscc(number).replace(/[\s\p{Pd}]/gu, '')
}
const PERSON = 'person:'

/** What the row says of its subject beside the id that it lacks; empty where it says nothing. */
function compileOther({ otherwise = [], name }: SubjectPolicy): (fields: Fields, source: string) => string {
  const numbers = otherwise.map(({ scheme, id }) => {
    const prefix = scheme === 'person' ? PERSON : `${BY_NUMBER}${scheme}:`
    return [prefix, compileRaw(id)] as const
  })
  const readName = name === undefined ? undefined : compileRaw(name)
  if (numbers.length === 0 && readName === undefined) return () => ''
  return (fields, source) => {
    for (const [prefix, read] of numbers) {
      const number = read(fields, source)
      if (number !== '' && number.length <= MAX_ID_LENGTH)
        return prefix + (prefix === PERSON ? number : normaliseNumber(number))
    }
    const text = readName === undefined ? '' : readName(fields, source)
    return text === '' || text.length > MAX_ID_LENGTH ? '' : BY_NAME + text
  }
}

export interface SubjectSquare {
  readonly place: string
  readonly latitude: number
  readonly longitude: number
}

type ReadSquare = (fields: Fields, name: string) => SubjectSquare | undefined

/** Coordinates off the globe, and 0|0 that stands for "not located", are none. */
function compileSquare(policy: SubjectPolicy, gridMilliDegrees: number): ReadSquare {
  if (policy.latitude === undefined || policy.longitude === undefined) return () => undefined
  const readLatitude = compileRaw(policy.latitude)
  const readLongitude = compileRaw(policy.longitude)
  const latitudeOf = compileDecimal(policy.latitude.times)
  const longitudeOf = compileDecimal(policy.longitude.times)
  return (fields, name) => {
    const latitude = latitudeOf(readLatitude(fields, name))
    const longitude = longitudeOf(readLongitude(fields, name))
    if (latitude === undefined || longitude === undefined) return undefined
    if (Math.abs(latitude) > 90 || Math.abs(longitude) > 180 || (latitude === 0 && longitude === 0)) return undefined
    const row = Math.floor((latitude * 1000) / gridMilliDegrees)
    const column = Math.floor((longitude * 1000) / gridMilliDegrees)
    return { place: `place:${row}:${column}`, latitude, longitude }
  }
}

/** Says what is wrong without repeating the code: the column may hold a person's number by mistake. */
function shapeFault(code: string): Bilingual {
  if (code.length !== 18)
    return { zh: `有 ${code.length} 位,应为 18 位`, en: `${code.length} characters instead of 18` }
  const wrong = [...code].findIndex((character, index) =>
    index >= 2 && index < 8 ? !/\d/.test(character) : !/[0-9A-HJ-NPQRTUWXY]/.test(character),
  )
  return {
    zh: `第 ${wrong + 1} 位的字符不合规定(GB 32100)`,
    en: `character ${wrong + 1} is not allowed there (GB 32100)`,
  }
}

function reject(reason: RejectReason, hint: Bilingual): SubjectResult {
  return { rejected: { reason, hint } }
}
