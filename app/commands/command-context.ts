import type { History } from '../../core/history.ts'
import type { Config } from '../config.ts'
import type { Language } from '../language.ts'
import type { Lifecycle } from '../lifecycle.ts'
import type { PolicySet } from '../policies.ts'
import type { Ports } from '../ports.ts'
import type { Session } from '../session.ts'

/** 0: done; 1: failed; 2: refused, with one sentence that says what to do. */
export type ExitCode = 0 | 1 | 2

/**
 * What every command gets of the command line. A command's own program is read when it is run: none waits for the programs
 * of the others.
 */
export interface CommandContext {
  readonly language: Language
  /** Stopped when the command has ended, whatever way. */
  readonly lifecycle: Lifecycle
  /** Environment and global options, with what the command's own options say. Errors: `Refusal`. */
  config(more?: Readonly<Record<string, string | undefined>>): Config
  /** The folder of the policy sets. */
  policies(): string
  /** The set of one realm. Errors: `Refusal` where there is none. */
  setOf(realm: string): PolicySet
  /** The stores, started where nothing runs on the data folder; closed by the lifecycle. */
  openParts(): Promise<{ readonly session: Session; readonly ports: Ports }>
  openPorts(): Promise<Ports>
  openHistory(): Promise<History>
  /** Aborted by Ctrl-C and its like. */
  stopOnSignals(): AbortSignal
  /** A line of the result. */
  print(line: string): void
  /** A line for whoever watches, which is no result. */
  announce(text: string): void
  exit(code: ExitCode): void
}
