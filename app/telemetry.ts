import pino, { type Logger } from 'pino'

/** One JSON line for each thing that happened, on standard error; secrets never get here, as no event carries them. */
export function createLogger(role: string, level: string): Logger {
  return pino({ base: { role }, level, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2))
}
