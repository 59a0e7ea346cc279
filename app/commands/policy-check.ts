import { existsSync, readdirSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { Refusal, textOf } from '../../core/errors.ts'
import { type Finding, referenceFindings } from '../../core/policy-references.ts'
import { validateFeedPolicy } from '../../ingest/mapping/feed-policy.ts'
import { validateLegacyCodes } from '../../ingest/mapping/legacy-codes.ts'
import { type CodeTable, type CodeTables, validateCodeTable } from '../../ingest/mapping/named-tables.ts'
import { readInspectors } from '../../inspections/inspectors.ts'
import { readSamplingPolicy } from '../../inspections/sampling-policy.ts'
import { validateRealmPolicy } from '../../processors/realm-policy.ts'
import type { Language } from '../language.ts'
import { calendarsIn, jsonFiles, readPolicy } from '../policies.ts'

interface CheckOptions {
  readonly json: boolean
  readonly language: Language
  readonly print: (line: string) => void
}

/** Looks into every file of a set (or of all sets) and says all that is wrong; `true` where nothing is. */
export function checkPolicies(policiesFolder: string, set: string | undefined, options: CheckOptions): boolean {
  const { json, language, print } = options
  const sets = set === undefined ? setsIn(policiesFolder) : [set]
  let right = true
  for (const name of sets) {
    const findings = checkSet(policiesFolder, name)
    const faults = findings.filter(({ kind }) => kind === 'fault').length
    if (faults > 0) right = false
    for (const finding of findings) {
      const mark = finding.kind === 'fault' ? '✗' : '·'
      print(
        json ? JSON.stringify({ set: name, ...finding }) : `${mark} ${name}: ${finding.place}: ${finding[language]}`,
      )
    }
    if (!json) print(faults === 0 ? `✓ ${name}` : `✗ ${name}: ${faults} ${language === 'zh' ? '处错误' : 'faults'}`)
  }
  return right
}

function setsIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => existsSync(join(folder, name, 'realm.json')))
}

/**
 * Everything that is wrong with one set, file by file and then between the files. `shared`: where sampling policies lie,
 * if not beside the set.
 */
export function checkSet(policiesFolder: string, set: string, shared = policiesFolder): Finding[] {
  const folder = join(policiesFolder, set)
  if (!existsSync(join(folder, 'realm.json')))
    throw new Refusal({
      zh: `${policiesFolder} 中没有规则集 ${set},现有 ${setsIn(policiesFolder).join('、')}`,
      en: `There is no policy set "${set}" in ${policiesFolder}: there are ${setsIn(policiesFolder).join(', ')}.`,
    })
  const findings: Finding[] = []
  const read = <Policy>(file: string, validate: (json: unknown) => Policy): Policy | undefined => {
    try {
      return readPolicy(file, validate)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      findings.push({ kind: 'fault', place: relative(folder, file), ...textOf(error.cause ?? error) })
      return undefined
    }
  }
  const readIfThere = <Policy>(file: string, validate: (json: unknown) => Policy) =>
    existsSync(file) ? read(file, validate) : undefined

  const realm = read(join(folder, 'realm.json'), (json) => validateRealmPolicy(json, calendarsIn(policiesFolder)))
  const tables = readTables(folder, read)
  const feeds = jsonFiles(join(folder, 'feeds')).flatMap((file) => {
    const feed = read(file, (json) => validateFeedPolicy(json, tables))
    if (feed === undefined) return []
    if (`${feed.feed}.json` !== basename(file)) {
      const place = relative(folder, file)
      findings.push({
        kind: 'fault',
        place,
        zh: `文件名应为 ${feed.feed}.json`,
        en: `the file must be ${feed.feed}.json`,
      })
    }
    return [[feed.feed, feed] as const]
  })
  readIfThere(join(folder, 'legacy-codes.json'), validateLegacyCodes)
  readIfThere(join(folder, 'inspectors.json'), readInspectors)
  if (realm !== undefined) {
    const sampling = join(shared, 'sampling', `${realm.sampling}.json`)
    if (existsSync(sampling)) read(sampling, readSamplingPolicy)
    else
      findings.push({
        kind: 'fault',
        place: 'realm.json /sampling',
        zh: `没有抽查规则 ${realm.sampling}`,
        en: `there is no sampling policy ${realm.sampling}`,
      })
    findings.push(...referenceFindings(realm, new Map(feeds)))
  }
  return findings
}

function readTables(
  folder: string,
  read: (file: string, validate: (json: unknown) => CodeTable) => CodeTable | undefined,
): CodeTables {
  const tables = jsonFiles(join(folder, 'tables')).flatMap((file) => {
    const table = read(file, validateCodeTable)
    return table === undefined ? [] : [[basename(file, '.json'), table] as const]
  })
  return Object.fromEntries(tables)
}
