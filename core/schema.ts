/**
 * The schema library through one door: the build makes one file of this and of what it takes from there, as the library's
 * own 700 files cost every process half a second at its start.
 */
import type { TLocalizedValidationError } from 'typebox/error'
import { Locale } from 'typebox/system'
import type { Bilingual } from './bilingual.ts'

export { type TSchema, Type } from 'typebox'
export { Compile } from 'typebox/compile'

/** What the library says is wrong with a value; `message` is in English. */
export type ShapeError = TLocalizedValidationError

export const wordsOf = (error: ShapeError): Bilingual => ({ zh: Locale.zh_Hans(error), en: error.message })
