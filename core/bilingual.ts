/** A text that a person reads, in both languages. */
export interface Bilingual {
  readonly zh: string
  readonly en: string
}
