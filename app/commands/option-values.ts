import { type Command, InvalidArgumentError } from 'commander'
import { Refusal } from '../../core/errors.ts'
import { ROLES, type Role } from '../config.ts'

/** Errors: `InvalidArgumentError`. */
export function wholeNumber(text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 0) throw new InvalidArgumentError('须为非负整数 / must be a whole number')
  return number
}

/** Errors: `InvalidArgumentError`. */
export function positive(text: string): number {
  const number = Number(text)
  if (!(number > 0) || !Number.isFinite(number)) throw new InvalidArgumentError('须为正数 / must be a positive number')
  return number
}

/** Errors: `Refusal`. */
export function readRole(text: string): Role {
  const found = ROLES.find((role) => role === text)
  if (found === undefined)
    throw new Refusal({
      zh: `没有角色 ${text},可用 ${ROLES.join('、')}`,
      en: `There is no role "${text}": there are ${ROLES.join(', ')}.`,
    })
  return found
}

/** For an option that takes several words and may stand several times. */
export function collect(value: string, before: readonly string[]): string[] {
  return [...before, value]
}

/** The words as typed: `--feed NAME FILE…` may stand several times, each with its own files. */
export function wordsOf(program: Command): readonly string[] {
  return (program as Command & { rawArgs: string[] }).rawArgs
}

/** A setting that stands in the environment unless an option says it. */
export function given(name: string, value: string | undefined): Record<string, string> {
  return value === undefined ? {} : { [name]: value }
}
