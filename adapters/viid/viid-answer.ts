import { SHANGHAI_OFFSET_MINUTES, toLocalIso } from '../../core/time.ts'

/** What can be said to a VIID peer: HTTP status, and StatusCode of GA/T 1400.4 with its text. */
const ANSWERS = {
  ok: [200, '0', 'OK'],
  'bad-request': [400, '8', 'Invalid JSON Content'],
  'not-json': [400, '7', 'Invalid JSON Format'],
  unauthorized: [401, '4', 'Invalid Operation'],
  forbidden: [403, '4', 'Invalid Operation'],
  'unknown-path': [404, '4', 'Invalid Operation'],
  'too-large': [413, '8', 'Invalid JSON Content'],
  'unsupported-content': [415, '7', 'Invalid JSON Format'],
  internal: [500, '1', 'OTHERERROR'],
  busy: [503, '2', 'Device Busy'],
} as const satisfies Record<string, readonly [number, string, string]>
export type ViidAnswer = keyof typeof ANSWERS

/** Thrown by handlers, answered in the words of the standard. */
export class RefusedViid extends Error {
  override readonly name = 'RefusedViid'
  readonly answer: ViidAnswer
  constructor(answer: ViidAnswer, options: ErrorOptions = {}) {
    super(answer, options)
    this.answer = answer
  }
}

export function httpStatusOf(answer: ViidAnswer): number {
  return ANSWERS[answer][0]
}

/** ResponseStatus of GA/T 1400.4; a list where the request brought objects, one alone where it was about the peer. */
export function viidStatus(answer: ViidAnswer, path: string, id: string, now: number, asList: boolean): object {
  const [, StatusCode, StatusString] = ANSWERS[answer]
  const status = { RequestURL: path, StatusCode, StatusString, Id: id, LocalTime: viidTime(now) }
  return asList ? { ResponseStatusListObject: { ResponseStatusObject: [status] } } : { ResponseStatusObject: status }
}

/** `yyyyMMddHHmmss`, Beijing's, as the standard writes every instant. */
export function viidTime(at: number): string {
  return toLocalIso(at, SHANGHAI_OFFSET_MINUTES).slice(0, 19).replace(/\D/g, '')
}
