import { asItIs, type Bilingual, joined } from './bilingual.ts'
import { type ShapeError, wordsOf } from './schema.ts'

/** A compiled schema, as far as faults are told from it. */
export interface Validator {
  Check(value: unknown): boolean
  Errors(value: unknown): Iterable<ShapeError>
}

/** What is wrong with the shape of a value that stands at `path`, each fault with its place. */
export function shapeFaults(validator: Validator, value: unknown, path = ''): Bilingual[] {
  if (validator.Check(value)) return []
  const faults = [...validator.Errors(value)]
    .filter(({ keyword }) => keyword !== 'boolean' && keyword !== 'anyOf')
    .map((error) => {
      const place = `${path}${error.instancePath || (path === '' ? '/' : '')}`
      const words = joined([asItIs(place), wordsOf(error)], ' ')
      return joined([words, asItIs(detailOf(error.params))], '')
    })
  if (faults.length > 0) return faults
  return [{ zh: `${path || '/'} 不是应有的结构`, en: `${path || '/'} is not of the expected shape` }]
}

function detailOf(params: object): string {
  if ('additionalProperties' in params) return `: ${String(params.additionalProperties)}`
  return 'allowedValue' in params ? `: ${String(params.allowedValue)}` : ''
}
