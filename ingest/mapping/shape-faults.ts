/** A compiled schema, as far as faults are told from it. */
export interface Validator {
  Check(value: unknown): boolean
  Errors(value: unknown): Iterable<{ keyword: string; instancePath: string; message: string; params: object }>
}

/** What is wrong with the shape of a value that stands at `path`, each fault with its place. */
export function shapeFaults(validator: Validator, value: unknown, path: string): string[] {
  if (validator.Check(value)) return []
  const faults = [...validator.Errors(value)]
    .filter(({ keyword }) => keyword !== 'boolean' && keyword !== 'anyOf')
    .map(
      ({ instancePath, message, params }) =>
        `${path}${instancePath || (path === '' ? '/' : '')} ${message}${detail(params)}`,
    )
  return faults.length > 0 ? faults : [`${path || '/'} is not of the expected shape`]
}

function detail(params: object): string {
  if ('additionalProperties' in params) return `: ${String(params.additionalProperties)}`
  return 'allowedValue' in params ? `: ${String(params.allowedValue)}` : ''
}
