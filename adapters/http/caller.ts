import type { IncomingHttpHeaders } from 'node:http'
import { type Operators, UNSIGNED } from '../../core/operator.ts'

/**
 * Who asks at a board: the holder of the key that is sent, or, as a board answers its own machine without one, nobody
 * who has signed. `undefined` for a key that is nobody's. Another way to sign in, which a site may have put before the
 * board, is no key.
 */
export function createIdentify(
  operators: Pick<Operators, 'identify'>,
): (headers: IncomingHttpHeaders) => string | undefined {
  return ({ authorization = '' }) => {
    const key = /^Bearer +(\S+)$/i.exec(authorization)?.[1]
    return key === undefined ? UNSIGNED : operators.identify(key)?.name
  }
}
