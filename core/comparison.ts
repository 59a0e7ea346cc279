import type { Bilingual, Selection } from './policy.ts'

/** One side of a comparison: which facts of an enterprise speak, and what is read out of them. */
export interface ComparedSide {
  readonly select: Selection
  /** Read from this fact; from the observation's value where absent. What cannot be read says nothing. */
  readonly fact?: string
  /** `newest` alone where absent; `sum`, `largest` and `count` go over what was known in the last `days`. */
  readonly take?: 'newest' | 'sum' | 'largest' | 'count'
  /** What became known longer ago says nothing; for ever where absent. */
  readonly days?: number
  /** The side holds only where what is read is one of these. */
  readonly among?: readonly string[]
  /** The side holds only where the number read is at least, or at most, this. */
  readonly atLeast?: number
  readonly atMost?: number
}

/**
 * What two feeds say of one enterprise and what must not differ (数据比对). `agree`: the same text. `ratio`: the left
 * number within `least` and `most` per mille of the right one. `never-both`: both sides hold; with `rightLater` only
 * facts on the right that became known after the left one count.
 */
export type ComparisonPolicy = {
  readonly id: string
  readonly name: Bilingual
  readonly left: ComparedSide
  readonly right: ComparedSide
} & (
  | { readonly rule: 'agree' }
  | { readonly rule: 'ratio'; readonly least?: number; readonly most?: number }
  | { readonly rule: 'never-both'; readonly rightLater?: boolean }
)
