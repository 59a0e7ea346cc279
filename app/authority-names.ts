import type { Bilingual } from '../core/bilingual.ts'
import type { PolicySet } from './policies.ts'

/** The receivers that are no authority of a table. */
const OTHERS: Readonly<Record<string, Bilingual>> = { 'duty-centre': { zh: '值班中心', en: 'Duty centre' } }

/** What a person calls authorities: in Chinese as they file, in English as their codes read. */
export function authorityNames({ tables }: PolicySet): Readonly<Record<string, Bilingual>> {
  const names: Record<string, Bilingual> = { ...OTHERS }
  for (const [zh, code] of Object.entries(tables.authorities ?? {})) {
    names[code] ??= { zh, en: code.charAt(0).toUpperCase() + code.slice(1).replaceAll('-', ' ') }
  }
  return names
}
