import { createHmac } from 'node:crypto'
import type { DrawCandidate, DrawInspector, DrawnVisit } from '../core/decision.ts'
import { Rejected } from '../core/errors.ts'
import { canonicalJson, fullHash } from '../core/hash.ts'
import { assignTeams } from './assign-teams.ts'

/**
 * The draw, version 1, so that anybody can repeat it with any language's SHA-256:
 *
 * 1. R(text) is HMAC-SHA256 with the 32 bytes of the seed as key over `fengsui draw v1|` + text in UTF-8, as lower-case
 *    hex. Texts are ordered by their UTF-16 code units, which for hex is the order of the bytes.
 * 2. The roster is put in order by class (A, B, C, D), then by R(`sector|` + class + `|` + industry), then by
 *    R(`order|` + enterprise).
 * 3. The start U: for n = 0, 1, 2 … take the first 12 hex digits of R(`start|` + n) as a whole number; the first below
 *    281,474,976,000,000 (the largest multiple of a million below 2^48) gives U, its remainder by 1,000,000.
 * 4. Walking along the roster, add up `probabilityPpm`. A candidate is drawn when one of U, U + 1,000,000,
 *    U + 2,000,000 … lies at or above the sum before it and below the sum after it.
 *    U being uniform, each is drawn with exactly its `probabilityPpm`, and every class, and every industry in it, gets
 *    what is expected of it rounded down or up.
 * 5. Teams are drawn in that order of visits: see `assign-teams.ts`.
 * 6. The result is listed in the order of enterprise ids.
 */
const LABEL = 'fengsui draw v1|'
const MILLION = 1_000_000
const START_BOUND = 281_474_976_000_000
const SEED = /^[0-9a-f]{64}$/

export interface DrawSubject {
  readonly realm: string
  readonly period: string
  readonly policy: string
  readonly roster: readonly DrawCandidate[]
  readonly inspectors: readonly DrawInspector[]
  /** Inspectors that go together, at least 2. */
  readonly teamSize: number
}

export type Expand = (text: string) => string

/** R of the description above. Errors: `Rejected` where the seed is not 64 lower-case hex digits. */
export function expandSeed(seed: string): Expand {
  if (!SEED.test(seed))
    throw new Rejected('bad-seed', {
      zh: '种子应为 64 位小写十六进制数字',
      en: 'a seed is 64 lower-case hexadecimal digits',
    })
  const key = Buffer.from(seed, 'hex')
  return (text) => createHmac('sha256', key).update(LABEL).update(text).digest('hex')
}

/**
 * The roster in the order of ids, inspectors and what they avoid likewise: who is drawn never hangs on the order of a list.
 * Errors: `Rejected` where an id stands twice or a chance is not a whole number of 1 to 1,000,000 ppm.
 */
export function canonicalSubject(subject: DrawSubject): DrawSubject {
  const roster = subject.roster
    .map(({ enterprise, class: letter, district, industry, probabilityPpm }) => {
      if (!Number.isInteger(probabilityPpm) || probabilityPpm < 1 || probabilityPpm > MILLION) {
        throw new Rejected('bad-probability', {
          zh: `${enterprise}:概率 ${probabilityPpm} ppm 不在 1 与 ${MILLION} 之间`,
          en: `${enterprise}: ${probabilityPpm} ppm is no chance between 1 and ${MILLION}`,
        })
      }
      return { enterprise, class: letter, district, industry, probabilityPpm }
    })
    .sort((left, right) => order(left.enterprise, right.enterprise))
  const inspectors = subject.inspectors
    .map(({ inspector, authority, district, avoids }) => ({
      inspector,
      authority,
      district,
      avoids: [...new Set(avoids)].sort(order),
    }))
    .sort((left, right) => order(left.inspector, right.inspector))
  refuseTwice(roster.map(({ enterprise }) => enterprise))
  refuseTwice(inspectors.map(({ inspector }) => inspector))
  const { realm, period, policy, teamSize } = subject
  if (!Number.isInteger(teamSize) || teamSize < 2)
    throw new Rejected('bad-team-size', { zh: `检查组为 ${teamSize} 人,至少须 2 人`, en: `a team of ${teamSize}` })
  return { realm, period, policy, roster, inspectors, teamSize }
}

/** SHA-256 over the canonical JSON (keys sorted, no spaces) of realm, period, policy, roster, inspectors and team size. */
export function rosterHash(subject: DrawSubject): string {
  return fullHash(canonicalJson(canonicalSubject(subject)))
}

/** What is published before the draw: binds the secret seed to what is drawn from. */
export function seedCommitment(seed: string, hash: string): string {
  return fullHash(`${LABEL}${seed}|${hash}`)
}

/** Who is visited and by whom. Errors: `Rejected` where subject or seed cannot be drawn from. */
export function draw(subject: DrawSubject, seed: string): readonly DrawnVisit[] {
  const expand = expandSeed(seed)
  const { roster, inspectors, teamSize } = canonicalSubject(subject)
  const drawn = systematicSample(inDrawOrder(roster, expand), startOf(expand))
  return [...assignTeams(drawn, inspectors, teamSize, expand)].sort((left, right) =>
    order(left.enterprise, right.enterprise),
  )
}

function inDrawOrder(roster: readonly DrawCandidate[], expand: Expand): readonly DrawCandidate[] {
  const sectors = new Map<string, string>()
  return roster
    .map((candidate) => {
      const sector = `${candidate.class}|${candidate.industry}`
      const place = sectors.get(sector) ?? expand(`sector|${sector}`)
      sectors.set(sector, place)
      return { candidate, key: `${candidate.class}${place}${expand(`order|${candidate.enterprise}`)}` }
    })
    .sort((left, right) => order(left.key, right.key))
    .map(({ candidate }) => candidate)
}

function startOf(expand: Expand): number {
  for (let n = 0; ; n++) {
    const number = Number.parseInt(expand(`start|${n}`).slice(0, 12), 16)
    // Beyond the bound the remainders are not equally likely.
    if (number < START_BOUND) return number % MILLION
  }
}

function systematicSample(ordered: readonly DrawCandidate[], start: number): readonly DrawCandidate[] {
  const drawn: DrawCandidate[] = []
  let next = start
  let sum = 0
  for (const candidate of ordered) {
    sum += candidate.probabilityPpm
    if (next >= sum) continue
    drawn.push(candidate)
    next += MILLION
  }
  return drawn
}

function refuseTwice(sorted: readonly string[]): void {
  const twice = sorted.find((id, place) => id === sorted[place - 1])
  if (twice !== undefined)
    throw new Rejected('listed-twice', { zh: `${twice} 在名册中重复出现`, en: `${twice} stands twice on the roster` })
}

function order(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}
