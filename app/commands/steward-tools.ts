import { userInfo } from 'node:os'
import type { Command } from 'commander'
import { Refusal } from '../../core/errors.ts'
import type { StewardDesk } from '../../ingest/steward-desk.ts'
import { openDesk } from '../open-desk.ts'
import type { CommandContext } from './command-context.ts'

export interface DeskOptions {
  readonly realm: string
  readonly url?: string
  readonly by?: string
  readonly json: boolean
}

/** The options that every one of them has. */
export function withDesk(command: Command): Command {
  return command
    .requiredOption('--realm <name>', '数据域 / the realm')
    .option('--url <address>', '接入角色的地址,默认本机 / the ingest role, of this machine by default')
    .option('--json', '每行一个 JSON / one JSON line each', false)
}

export function withName(command: Command): Command {
  return command.option('--by <name>', '以谁的名义,默认系统用户 / in whose name; the system user by default')
}

export function deskOf(tools: CommandContext, { realm, url }: DeskOptions): Promise<StewardDesk> {
  return openDesk(tools.config(), tools.setOf(realm), url, tools.lifecycle, tools.announce)
}

export function nameOf({ by }: DeskOptions): string {
  return by ?? userInfo().username
}

export function noSuchReject(id: string): never {
  throw new Refusal({
    zh: `没有退回记录 ${id},或其原文已到期删除`,
    en: `There is no reject ${id}, or its bytes have reached their end date.`,
  })
}

/** What a feed sent must not move the cursor of the terminal that shows it, or worse. */
export function printable(text: string): string {
  return [...text].map((each) => (isControl(each) ? '\ufffd' : each)).join('')
}

function isControl(character: string): boolean {
  const code = character.codePointAt(0) ?? 0
  return (code < 0x20 && character !== '\n' && character !== '\t') || (code >= 0x7f && code < 0xa0)
}
