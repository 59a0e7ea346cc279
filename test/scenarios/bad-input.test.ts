import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createOperatorClient } from '../../adapters/http/operator-client.ts'
import type { Bilingual } from '../../core/bilingual.ts'
import type { Reject } from '../../core/reject.ts'
import type { RiskPoint } from '../../core/risk.ts'
import { DAY_MS, SHANGHAI_OFFSET_MINUTES, toLocalIso } from '../../core/time.ts'
import type { EnterprisePage } from '../../dashboards/board-model.ts'
import { encodeGb26875, encodeGb26875Time } from '../../ingest/decode/gb26875-frame.ts'
import { fengsuiToEnd } from '../support/command.ts'
import { type StartedSystem, startSystem } from '../support/started.ts'
import { type TcpDevice, tcpDevice } from '../support/tcp-device.ts'
import { until } from '../support/until.ts'

const ENTERPRISE = '91140105MA0T100092'
const HEADER = 'CF_XDR_MC,CF_XDR_SHXYM,CF_WSH,CF_WFXW,CF_CFLB,CF_NR_FK,CF_JDRQ,CF_CFJG,CF_CFJGDM,BZ,DFBM,SJC'

let system: StartedSystem

beforeAll(async () => {
  system = await startSystem(undefined, { FENGSUI_HJ212_PORT: '0', FENGSUI_GB26875_PORT: '0' })
}, 180_000)

afterAll(() => system.stop(), 120_000)

interface Answer {
  readonly status: number
  readonly body: {
    readonly error?: { readonly reason: string; readonly zh: string; readonly en: string }
    readonly rejected?: readonly { readonly line: number; readonly reason: string; readonly hint: Bilingual }[]
    readonly [count: string]: unknown
  }
}

async function post(
  feed: string,
  body: string | Blob,
  { type = 'text/csv', key = system.keys[`city/${feed}`] ?? '' }: { type?: string; key?: string } = {},
): Promise<Answer> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': type }
  const reply = await fetch(`${system.doors.ingest}/ingest/city/${feed}`, { method: 'POST', headers, body })
  return { status: reply.status, body: (await reply.json()) as Answer['body'] }
}

/** A penalty of so many days ago, in the columns of the double publicity. */
function penalty(number: string, change: { readonly code?: string; readonly decided?: string } = {}): string {
  const filed = toLocalIso(Date.now() - 3 * DAY_MS, SHANGHAI_OFFSET_MINUTES).slice(0, 10)
  const { code = ENTERPRISE, decided = filed } = change
  return `晋香酒楼,${code},${number},食品卫生,吊销许可证件,5.0,${decided},市场监管局,11140100YX0000016C,,140105,${filed} 09:00:00`
}

const penalties = (...lines: string[]) => post('penalties', [HEADER, ...lines].join('\n'))

const pageOf = async (enterprise: string): Promise<EnterprisePage | undefined> => {
  const path = `/api/realms/city/enterprises/${encodeURIComponent(`uscc:${enterprise}`)}`
  const reply = await fetch(`${system.doors.board}${path}`)
  return reply.ok ? ((await reply.json()) as EnterprisePage) : undefined
}

describe('what cannot be taken in', () => {
  it('is refused with what to do about it: a wrong key, a feed that is not, a body over the bound', async () => {
    const said = async (answer: Promise<Answer>) => {
      const { status, body } = await answer
      expect(body.error?.zh).toMatch(/[\u4e00-\u9fff]/)
      expect(body.error?.en).toMatch(/\w/)
      return [status, body.error?.reason]
    }
    expect(await said(post('penalties', HEADER, { key: 'guessed' }))).toEqual([401, 'wrong-key'])
    expect(await said(post('penalties', HEADER, { key: system.keys['demo/penalties'] ?? '' }))).toEqual([
      401,
      'wrong-key',
    ])
    expect(await said(post('rumours', HEADER))).toEqual([404, 'unknown-feed'])
    expect(await said(post('penalties', HEADER, { type: 'application/pdf' }))).toEqual([415, 'unsupported-content'])
    const huge = new Blob([HEADER, '\n', `${'x'.repeat(99)}\n`.repeat(500_000)])
    expect(await said(post('penalties', huge))).toEqual([413, 'too-large'])
  })

  it('is rejected line by line with its reason, and nothing goes unaccounted for', async () => {
    const rows = await penalties(
      penalty('bad-date', { decided: '2026-02-30' }),
      penalty('bad-digit', { code: '91140105MA0T100093' }),
      penalty('no-subject', { code: '' }),
      'too,few',
    )
    expect(rows.status).toBe(200)
    expect(rows.body).toMatchObject({ lines: 4, observations: 0, versions: 0, duplicates: 0, rejects: 4 })
    expect(rows.body.rejected?.map(({ line, reason }) => [line, reason])).toEqual([
      [2, 'bad-date'],
      [3, 'bad-check-digit'],
      [4, 'needs-review'],
      [5, 'wrong-columns'],
    ])
    for (const { hint } of rows.body.rejected ?? []) expect([hint.zh, hint.en]).not.toContain('')
    const columns = await post('penalties', 'a,b\n1,2\n')
    expect(columns.body).toMatchObject({ lines: 1, rejects: 1, rejected: [{ line: 1, reason: 'wrong-header' }] })
    const json = await post('inspections', '{"broken": \n{"also": "broken"\n', { type: 'application/x-ndjson' })
    expect(json.body).toMatchObject({ lines: 2, rejects: 2, rejected: [{ reason: 'unreadable-line' }, {}] })
  })

  it('is counted by reason for Prometheus', async () => {
    const reply = await fetch(`${system.doors.ingest}/metrics`)
    expect(reply.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
    const text = await reply.text()
    expect(text).toContain('fengsui_rejects_total{realm="city",feed="penalties",reason="bad-check-digit"} 1')
    expect(text).toContain('fengsui_back_pressure{realm="city"} 0')
  })

  it('is kept, sealed, for whoever repairs it', async () => {
    const kept = await until('the rejects in the history', async () => {
      const rows = await system.history.query<Reject>("SELECT * FROM rejects FINAL WHERE realm = 'city'", {})
      return rows.length >= 7 ? rows : undefined
    })
    expect(kept.map(({ feed, reason }) => `${feed} ${reason}`).sort()).toEqual([
      'inspections unreadable-line',
      'inspections unreadable-line',
      'penalties bad-check-digit',
      'penalties bad-date',
      'penalties needs-review',
      'penalties wrong-columns',
      'penalties wrong-header',
    ])
    for (const { sealed } of kept) {
      expect(sealed.length).toBeGreaterThan(20)
      expect(Buffer.from(sealed, 'base64').toString()).not.toContain('食品')
    }
  })
})

describe('the next good record', () => {
  it('changes the risk at once, and stands on the page of its enterprise with what proves it', async () => {
    expect(await pageOf(ENTERPRISE)).toBeUndefined()
    const { body } = await penalties(penalty('good'))
    expect(body).toMatchObject({ lines: 1, observations: 1, rejects: 0 })
    const point = await until('the risk in the present', async () => {
      const text = await system.present.readOne('city', 'risk', `uscc:${ENTERPRISE}`)
      const seen: RiskPoint | undefined = text === undefined ? undefined : JSON.parse(text)
      return seen !== undefined && seen.risk > 0 ? seen : undefined
    })
    expect(point).toMatchObject({ enterprise: `uscc:${ENTERPRISE}`, basis: point.risk })
    const page = await until('the page', async () => {
      const seen = await pageOf(ENTERPRISE)
      return seen?.now && seen.receipt && seen.timeline.length > 0 ? seen : undefined
    })
    expect(page.now).toMatchObject({ risk: point.risk })
    expect(page.receipt?.receipt).toMatch(/^[0-9a-f]+$/)
    expect(page.receipt?.arithmetic.at(-1)).toBe(`risk = ${point.risk}`)
    expect(page.timeline).toMatchObject([{ kind: 'penalty', feed: 'penalties', line: 2 }])
    expect(page.now?.signals[0]?.evidence).toEqual([page.timeline[0]?.id])
  })

  it('is one penalty however often it is sent', async () => {
    const { body } = await penalties(penalty('good'))
    expect(body).toMatchObject({ lines: 1, observations: 0, duplicates: 1 })
  })
})

describe('a steward at the command line', () => {
  const OTHER = '91140106MA0T10375C'
  const command = (...words: readonly string[]) => fengsuiToEnd([...words, '--realm', 'city', '--data', system.data])
  const desk = async () => {
    const key = (await readFile(join(system.data, 'keys', 'operator.txt'), 'utf8')).trim()
    return createOperatorClient({ url: system.doors.ingest, key }, 'city')
  }
  const linesOf = <Line>(said: string) =>
    said
      .trimEnd()
      .split('\n')
      .map((line): Line => JSON.parse(line))

  it('finds what was rejected, opens it, mends it and replays it once', async () => {
    const listed = linesOf<Reject>((await command('rejects', 'list', '--reason', 'bad-date', '--json')).said)
    expect(listed).toMatchObject([{ feed: 'penalties', line: 2, authority: 'market-supervision' }])
    const id = listed[0]?.id ?? ''
    expect((await command('rejects', 'group', '--feed', 'penalties')).said).toMatch(/penalties\tbad-date\t1\+0\t/)
    expect((await command('rejects', 'show', id)).said).toContain('CF_WSH: bad-date')

    const file = join(system.data, 'mended.csv')
    await writeFile(file, [HEADER, penalty('bad-date', { code: OTHER })].join('\n'))
    const replayed = await command('rejects', 'replay', id, '--with', file, '--by', 'li', '--json')
    expect(replayed).toMatchObject({ code: 0 })
    expect(linesOf(replayed.said)).toMatchObject([{ id, outcome: 'replayed', counts: { observations: 1 } }])
    expect(await (await desk()).replay({ id, by: 'wang' })).toMatchObject({ outcome: 'already-replayed', by: 'li' })
    await until('its state in the history', async () => {
      const [found] = await (await desk()).list({ state: 'replayed' }, 1)
      return found?.id === id ? true : undefined
    })
  })

  it('makes two ids one subject, whose records then stand together', async () => {
    const pair = ['--from', `uscc:${OTHER}`, '--into', `uscc:${ENTERPRISE}`]
    expect(await command('identity', 'merge', ...pair, '--note', '换照', '--by', 'li')).toMatchObject({ code: 0 })
    const merged = await until('both to be judged again', async () => {
      const [one] = await (await desk()).identities()
      return one?.settled === true ? one : undefined
    })
    expect(merged).toMatchObject({ from: `uscc:${OTHER}`, into: `uscc:${ENTERPRISE}`, by: 'li', note: '换照' })
    await until('both penalties in one score', async () => {
      const seen = await pageOf(ENTERPRISE)
      const evidence = seen?.now?.signals.flatMap((signal) => signal.evidence) ?? []
      return new Set(evidence).size > 1 ? true : undefined
    })
    const back = { from: `uscc:${ENTERPRISE}`, into: `uscc:${OTHER}`, by: 'li', note: '', at: Date.now() }
    expect(await (await desk()).merge(back)).toEqual({ outcome: 'refused', reason: 'circle' })
  })

  it('gets the report of wrong codes, and is told what is wrong with a code that was typed', async () => {
    const { said } = await command('identity', 'codes', '--json')
    expect(linesOf(said)).toContainEqual(
      expect.objectContaining({ authority: 'market-supervision', fault: 'bad-check-digit', count: 1 }),
    )
    const wrong = await command('rejects', 'replay', 'penalties/x', '--as', 'uscc:91140105MA0T100093')
    expect(wrong).toMatchObject({ code: 2, complained: expect.stringContaining('is no subject') })
  })

  it('may do with a key of their own what it is good for, from the moment that it was given', async () => {
    const given = await fengsuiToEnd([
      'operators',
      'add',
      'zhou',
      '--rights',
      'objections',
      '--json',
      '--data',
      system.data,
    ])
    const { key } = JSON.parse(given.said)
    const headers = { authorization: `Bearer ${key}` }
    const refused = await until('the key to be known', async () => {
      const reply = await fetch(`${system.doors.ingest}/operator/city/rejects`, { headers })
      return reply.status === 401 ? undefined : reply
    })
    expect([refused.status, await refused.json()]).toMatchObject([403, { error: { reason: 'needs-steward' } }])
    expect((await fetch(`${system.doors.board}/api/realms/city/objections`, { headers })).status).toBe(200)
  })

  it('needs the operator’s key: a feed’s opens nothing here', async () => {
    const headers = { authorization: `Bearer ${system.keys['city/penalties']}` }
    const reply = await fetch(`${system.doors.ingest}/operator/city/rejects`, { headers })
    expect([reply.status, await reply.json()]).toMatchObject([401, { error: { reason: 'wrong-operator-key' } }])
  })
})

describe('a device on TCP', () => {
  const device = async (door: string | undefined) => {
    const connection = await tcpDevice(Number(new URL(door ?? 'tcp://nowhere:0').port))
    open.push(connection)
    return connection
  }
  const open: TcpDevice[] = []
  afterAll(() => {
    for (const connection of open) connection.leave()
  })

  it('is heard as soon as its password is entered, and not before', async () => {
    const frames = await readFile(new URL('../../examples/pollution-monitors.hj212', import.meta.url), 'latin1')
    const stranger = await device(system.doors.hj212)
    stranger.send(frames)
    await stranger.hears('QnRtn=4')
    await stranger.cutOff()
    const devices = [...frames.matchAll(/MN=(\w+)/g)].map(([, mn = '']) => [mn, '123456'])
    await writeFile(
      join(system.data, 'keys', 'devices.json'),
      JSON.stringify({ 'city/hj212': Object.fromEntries(devices) }),
    )
    // A file is looked at once a second; a monitor knocks until it is let in.
    const monitor = await until('the answers', async () => {
      const known = await device(system.doors.hj212)
      known.send(frames)
      await until('an answer', () => (known.heard().includes('CN=') ? true : undefined), 5_000)
      return known.heard().includes('CN=9011') ? undefined : known
    })
    await monitor.hears('CN=9014', devices.length)
  })

  it('of the fire network is confirmed', async () => {
    const at = Date.UTC(2026, 0, 5)
    const ends = { source: '0102030405ff', destination: '000000000001' }
    const application = Uint8Array.of(21, 1, 0b10, ...encodeGb26875Time(at, SHANGHAI_OFFSET_MINUTES))
    const transmitter = await device(system.doors.gb26875)
    transmitter.send(
      encodeGb26875({ ...ends, serial: 1, at, offsetMinutes: SHANGHAI_OFFSET_MINUTES, command: 2, application }),
    )
    await transmitter.hears('##')
    expect(Buffer.from(transmitter.heard(), 'latin1')[26]).toBe(3)
  })
})
