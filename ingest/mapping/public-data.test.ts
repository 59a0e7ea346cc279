import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { readRows } from '../decode/row-reader.ts'
import { compileFeed } from './compile-feed.ts'
import { validateFeedPolicy } from './feed-policy.ts'

const DATA = '../shared/data'
const secrets = { personalKey: new Uint8Array(32), legacyCodes: new Set<string>() }

/** Counts as admission would: by record, content and the number of an equal row in its file. */
function account(set: string, feed: string, file: string, bytes = readFileSync(`${DATA}/${file}`)) {
  const policy = validateFeedPolicy(JSON.parse(readFileSync(`policies/${set}/feeds/${feed}.json`, 'utf8')))
  const compiled = compileFeed(policy, JSON.parse(readFileSync(`policies/${set}/realm.json`, 'utf8')), secrets)
  const equal = new Map<string, number>()
  const context = {
    source: file,
    received: Date.UTC(2026, 10, 22),
    occurrence(content: string) {
      const before = equal.get(content) ?? 0
      equal.set(content, before + 1)
      return before
    },
  }
  const contents = new Map<string, string>()
  const account = {
    lines: 0,
    records: 0,
    versions: 0,
    duplicates: 0,
    rejects: {} as Record<string, number>,
    parts: {} as Record<string, number>,
    missing: 0,
  }
  for (const row of readRows(policy, bytes)) {
    account.lines++
    const mapped = row.error === undefined ? compiled.mapRow(row, context) : { rejected: { reason: row.error } }
    if (mapped.rejected !== undefined) {
      account.rejects[mapped.rejected.reason] = (account.rejects[mapped.rejected.reason] ?? 0) + 1
      continue
    }
    const { record, content, observations } = mapped.kept
    const before = contents.get(record)
    contents.set(record, content)
    if (before === content) account.duplicates++
    else if (before === undefined) account.records++
    else account.versions++
    for (const { part, facts } of observations) {
      account.parts[part] = (account.parts[part] ?? 0) + 1
      if (facts.quality === 'missing') account.missing++
    }
  }
  return account
}

// Each count was taken from the file itself, apart from this code.
describe('public records are read to the last line', () => {
  test.skipIf(!existsSync(`${DATA}/chicago`))(
    'Chicago inspections: 4,823 failed, 3,330 with critical and 6,318 with serious findings',
    () => {
      expect(account('chicago', 'chicago-inspections', 'chicago/inspections.csv')).toEqual({
        lines: 24_518,
        records: 24_518,
        versions: 0,
        duplicates: 0,
        rejects: {},
        parts: { registration: 24_518, inspection: 24_518, failed: 4823, critical: 3330, serious: 6318 },
        missing: 0,
      })
    },
  )

  test.skipIf(!existsSync(`${DATA}/chicago`))(
    'Chicago other inspections: 119 rows of licence 0 and 4 without one have no subject',
    () => {
      const { lines, records, rejects, parts } = account(
        'chicago',
        'chicago-other-inspections',
        'chicago/other_inspections.csv',
      )
      expect({ lines, records, rejects, poisoning: parts['food-poisoning'] }).toEqual({
        lines: 29_508,
        records: 29_385,
        rejects: { 'unknown-subject': 123 },
        poisoning: 306,
      })
    },
  )

  test.skipIf(!existsSync(`${DATA}/chicago`))(
    'Chicago complaints: 4 rows name neither coordinates nor a ward; 317 close again',
    () => {
      const { lines, records, versions, duplicates, rejects } = account(
        'chicago',
        'chicago-complaints',
        'chicago/sanitation_complaints_311.csv',
      )
      expect({ lines, records, versions, duplicates, rejects }).toEqual({
        lines: 69_598,
        records: 69_241,
        versions: 317,
        duplicates: 36,
        rejects: { 'unknown-subject': 4 },
      })
    },
  )

  test.skipIf(!existsSync(`${DATA}/chicago`))('Chicago licences: one row is blank', () => {
    const { lines, records, rejects } = account('chicago', 'chicago-licences', 'chicago/licences.csv')
    expect({ lines, records, rejects }).toEqual({ lines: 11_395, records: 11_394, rejects: { 'unknown-subject': 1 } })
  })

  test.skipIf(!existsSync(`${DATA}/louisville`))('Louisville: a follow-up without a score is missing, not zero', () => {
    const inspections = account('louisville', 'louisville-inspections', 'louisville/inspections.csv')
    expect(inspections).toMatchObject({ lines: 22_222, records: 22_222, rejects: {}, missing: 3302 + 153 })
    expect(account('louisville', 'louisville-businesses', 'louisville/businesses.csv')).toMatchObject({
      lines: 2370,
      records: 2370,
      rejects: {},
    })
  })

  test.skipIf(!existsSync(`${DATA}/montreal`))(
    'Montréal: 7,106 convictions over 7,223 lines, each with one cause',
    () => {
      const { lines, records, rejects, parts } = account('montreal', 'montreal-violations', 'montreal/violations.csv')
      expect({ lines, records, rejects }).toEqual({ lines: 7106, records: 7106, rejects: {} })
      const { registration, ...causes } = parts
      expect(registration).toBe(7106)
      expect(Object.values(causes).reduce((sum, count) => sum + count, 0)).toBe(7106)
    },
  )

  test.skipIf(!existsSync(`${DATA}/beijing_air`))(
    'Beijing air: every hour gives eleven readings, NA among them as missing',
    () => {
      const file = 'beijing_air/PRSA_Data_Changping_20130301-20170228.csv'
      const year = readFileSync(`${DATA}/${file}`, 'utf8').split('\n').slice(0, 8761)
      const { lines, records, rejects, parts, missing } = account(
        'beijing-air',
        'beijing-air',
        file,
        Buffer.from(year.join('\n')),
      )
      expect({ lines, records, rejects }).toEqual({ lines: 8760, records: 8760, rejects: {} })
      expect(Object.values(parts)).toEqual(Array(11).fill(8760))
      // The column `wd` (a text) is not mapped.
      const measured = year.map((line) => line.split(',').filter((value, at) => value === 'NA' && at !== 15))
      expect(missing).toBe(measured.flat().length)
    },
  )

  test.skipIf(!existsSync(`${DATA}/nab`))('a benchmark series keeps both rows of an hour that came twice', () => {
    const { lines, records, rejects } = account(
      'nab',
      'nab-sensors',
      'nab/data/realKnownCause/machine_temperature_system_failure.csv',
    )
    expect({ lines, records, rejects }).toEqual({ lines: 22_695, records: 22_695, rejects: {} })
  })
})
