import type { ReadySubject } from './subject.ts'
import type { Fields } from './take.ts'

/** What the parts of one row share. */
export interface RowFrame {
  readonly fields: Fields
  readonly name: string
  readonly latest: number
  readonly subject: ReadySubject
  readonly record: string
  readonly content: string
  readonly authority: string
  readonly district: string
  readonly industry: string
  readonly source: string
  readonly line: number
  readonly received: number
}
