import type { WarningLevel } from './risk.ts'

export type WarningState = 'open' | 'confirmed' | 'dispatched' | 'closed' | 'withdrawn'

/** A claim that something needs a person; about one enterprise, or a cluster across industries or districts. */
export interface Warning {
  readonly realm: string
  /** Made of natural keys, so that the same history names the same warning. */
  readonly id: string
  readonly kind: 'enterprise' | 'cross-industry'
  readonly level: WarningLevel
  readonly state: WarningState
  /** The enterprise's id, or `district|cause` of a cluster. */
  readonly subject: string
  readonly name: string
  readonly district: string
  readonly industries: readonly string[]
  readonly cause: string
  /** 0–1000 for an enterprise; for a cluster the expected false alarms a year at this strength, in text in `measure`. */
  readonly risk: number
  readonly measure: string
  readonly reason: { readonly zh: string; readonly en: string }
  /** Observation ids, gravest first, at most 20. */
  readonly evidence: readonly string[]
  readonly enterprises: readonly string[]
  readonly receiver: string
  readonly raised: number
  readonly changed: number
  /** Counts the changes of this warning: orders its rows and names its notices. */
  readonly revision: number
}

export interface Notice {
  readonly realm: string
  /** `warning id/revision/receiver`: the key that a receiver can honour. */
  readonly id: string
  readonly warning: Warning
  readonly receiver: string
  readonly made: number
}
