import { existsSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { Refusal } from '../../core/errors.ts'
import type { RealmPolicy } from '../../core/policy.ts'
import { type Finding, referenceFindings } from '../../core/policy-references.ts'
import { validateRealmPolicy } from '../../processors/realm-policy.ts'
import { calendarsIn, loadPolicySets, readPolicy } from '../policies.ts'
import { checkSet } from './policy-check.ts'

/** A policy that somebody would like to have in force, with all that is wrong with it. */
export interface Candidate {
  /** Absent where it cannot be read at all. */
  readonly rules: RealmPolicy | undefined
  readonly findings: readonly Finding[]
}

/**
 * A set (by name or folder) checked whole, or a file by itself, checked against the feeds that its realm has now.
 * Errors: `Refusal` where there is neither.
 */
export function readCandidate(policiesFolder: string, named: string): Candidate {
  for (const folder of [join(policiesFolder, named), resolve(named)]) {
    if (!existsSync(join(folder, 'realm.json'))) continue
    const findings = checkSet(dirname(folder), basename(folder), policiesFolder)
    return { rules: readRules(join(folder, 'realm.json'), policiesFolder, []), findings }
  }
  const file = resolve(named)
  if (!existsSync(file) || !statSync(file).isFile()) {
    throw new Refusal({
      zh: `没有规则集或文件 ${named}:请写规则集名、其目录,或 realm.json 一类的文件`,
      en: `There is no policy set and no file ${named}: name a set, its folder, or a file like realm.json.`,
    })
  }
  const findings: Finding[] = []
  const rules = readRules(file, policiesFolder, findings)
  const feeds = rules === undefined ? undefined : loadPolicySets(policiesFolder).get(rules.realm)?.feeds
  if (rules !== undefined) findings.push(...referenceFindings(rules, feeds ?? new Map()))
  return { rules, findings }
}

function readRules(file: string, policiesFolder: string, findings: Finding[]): RealmPolicy | undefined {
  try {
    return readPolicy(file, (json) => validateRealmPolicy(json, calendarsIn(policiesFolder)))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    findings.push({ kind: 'fault', place: basename(file), ...error.text })
    return undefined
  }
}
