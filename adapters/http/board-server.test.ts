import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Present } from '../../core/present.ts'
import type { BoardModel, EnterprisePage, WarningPage } from '../../dashboards/board-model.ts'
import { applyPatch, diffDocuments } from '../../dashboards/patch.ts'
import { CITY_CARD, enterpriseOf } from '../../test/support/board-city.ts'
import { fixtureWarning, putFixture } from '../../test/support/board-fixture.ts'
import { type FixtureServer, startFixtureServer } from '../../test/support/board-server.ts'
import { createMemoryPresent } from '../memory/present.ts'

const NOW = Date.UTC(2026, 10, 22, 6)
const WHO = enterpriseOf(1).enterprise

describe('the board server', () => {
  let present: Present
  let server: FixtureServer
  beforeEach(async () => {
    present = createMemoryPresent()
    await putFixture(present, 0, NOW)
    server = await startFixtureServer({ present, port: 0, mostClients: 2, mostWaitingBytes: 100_000 })
  })
  afterEach(() => server.stop())

  const get = (path: string, headers: Record<string, string> = {}) => fetch(`${server.url}${path}`, { headers })
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(`${server.url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })

  it('lists the realms, the live one first, and gives the board of each', async () => {
    const realms = (await (await get('/api/realms')).json()) as { realm: string }[]
    expect(realms.map((card) => card.realm)).toEqual(['demo', 'history'])
    const board = (await (await get('/api/realms/demo/board')).json()) as BoardModel
    expect(board.totals.enterprises).toBeGreaterThan(0)
    expect(Object.keys(board.warnings)).toHaveLength(board.totals.openWarnings)
    expect((await (await get('/healthz')).json()) as unknown).toMatchObject({ ok: true, realms: 2 })
  })

  it('answers what is not there with an error in both languages', async () => {
    for (const path of [
      '/api/realms/none/board',
      '/api/realms/none/board/stream',
      '/api/nothing',
      '/api/realms/demo/warnings/none',
    ]) {
      const response = await get(path)
      expect([path, response.status]).toEqual([path, 404])
      expect(await response.json()).toEqual({ error: { zh: expect.any(String), en: expect.any(String) } })
    }
    expect((await get('/api/realms/demo/enterprises')).status).toBe(400)
  })

  it('allows only what it serves itself', async () => {
    const { headers } = await get('/api/realms')
    const policy = headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self'")
    expect(policy).not.toContain('unsafe')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })

  it('sends the whole board, then patches that keep a page equal to the board', async () => {
    const frames = await openStream(`${server.url}/api/realms/demo/board/stream`)
    const first = await frames.next()
    expect(first.event).toBe('board')
    const changed = { ...fixtureWarning(0, NOW), state: 'dispatched' }
    await present.put(CITY_CARD.realm, 'warnings', { [changed.id]: JSON.stringify(changed) })
    const second = await frames.next()
    expect(second.event).toBe('patch')
    expect(JSON.stringify(second.data).length).toBeLessThan(400)
    const page = applyPatch(first.data, second.data) as BoardModel
    const board = (await (await get('/api/realms/demo/board')).json()) as BoardModel
    expect(diffDocuments(page, { ...board, at: page.at })).toBeUndefined()
    expect(page.warnings[changed.id]?.state).toBe('dispatched')
    frames.close()
  })

  it('refuses more watchers than it can serve, and takes one again when one has left', async () => {
    const url = `${server.url}/api/realms/demo/board/stream`
    const [one, two] = [await openStream(url), await openStream(url)]
    await one.next()
    const third = await fetch(url)
    expect(third.status).toBe(503)
    expect(third.headers.get('retry-after')).toBe('10')
    one.close()
    two.close()
    let status = 503
    while (status === 503) {
      const again = await fetch(url)
      status = again.status
      await again.body?.cancel()
    }
    expect(status).toBe(200)
  })

  it('drops a watcher that reads nothing instead of keeping everything for it', async () => {
    const { port, hostname } = new URL(server.url)
    const socket = connect(Number(port), hostname)
    socket.pause()
    socket.on('error', () => undefined)
    socket.write('GET /api/realms/demo/board/stream HTTP/1.1\r\nHost: x\r\n\r\n')
    const clients = async (): Promise<number> => ((await (await get('/healthz')).json()) as { clients: number }).clients
    while ((await clients()) === 0);
    for (let i = 0; (await clients()) > 0; i++) {
      const warnings = Array.from({ length: 40 }, (_, n) => ({
        ...fixtureWarning(n, NOW),
        reason: { zh: `${i}`.repeat(4_000), en: '' },
      }))
      await present.put('demo', 'warnings', Object.fromEntries(warnings.map((one) => [one.id, JSON.stringify(one)])))
    }
    socket.destroy()
  }, 30_000)

  it('writes down who read the class of whom, before it shows it, and shows it to nobody unknown', async () => {
    const path = `/api/realms/demo/enterprises/${encodeURIComponent(WHO)}`
    const page = (await (await get(path)).json()) as EnterprisePage
    expect(page.now?.class).toBe('C')
    expect(server.audited).toMatchObject([{ what: 'enterprise-page', realm: 'demo', subject: WHO, by: '~unsigned' }])
    expect((await get(path, { authorization: 'Bearer nobodys' })).status).toBe(401)
    expect(server.audited).toHaveLength(1)
  })

  it.each(['rejects', 'cases', 'codes'])(
    'has a page of %s for whoever is known, which no browser keeps',
    async (name) => {
      const path = `/api/realms/demo/steward/${name}`
      const reply = await get(path)
      expect([reply.status, reply.headers.get('cache-control')]).toEqual([200, 'no-store'])
      expect(await reply.json()).toMatchObject({ realm: 'demo', demonstration: true })
      expect((await get(path, { authorization: 'Bearer nobodys' })).status).toBe(401)
      expect((await get(`/api/realms/nowhere/steward/${name}`)).status).toBe(404)
    },
  )

  it('shows the class of nobody where reads are not audited', async () => {
    const board = (await (await get('/api/realms/demo/board')).json()) as BoardModel
    const hits: unknown = await (await get(`/api/realms/demo/enterprises?query=${encodeURIComponent('公司')}`)).json()
    const warning: unknown = await (await get('/api/realms/demo/warnings/w-001')).json()
    const aboutSomebody = JSON.stringify([board.warnings, board.risers, hits, warning])
    expect(aboutSomebody.includes('"class":')).toBe(false)
    expect(server.audited).toEqual([])
  })

  it('leads from a warning to its evidence', async () => {
    const page = (await (await get('/api/realms/demo/warnings/w-001')).json()) as WarningPage
    expect(page.evidence[0]).toMatchObject({ source: expect.any(String), line: expect.any(Number) })
  })

  it('passes a decision on, and refuses one that is no decision, unknown, or from another site', async () => {
    const path = '/api/realms/demo/warnings/w-000/decisions'
    expect((await post(path, { to: 'confirmed', note: '已核' })).status).toBe(202)
    expect(server.decided).toEqual([
      { realm: 'demo', warning: 'w-000', to: 'confirmed', by: '~unsigned', note: '已核' },
    ])
    expect((await post(path, { to: 'open', note: '' })).status).toBe(400)
    // With a key it is its holder's; with one that is nobody's it is not taken at all.
    expect((await post(path, { to: 'dispatched', note: '' }, { authorization: 'Bearer key-of-li' })).status).toBe(202)
    expect((await post(path, { to: 'dispatched', note: '' }, { authorization: 'Bearer of-nobody' })).status).toBe(401)
    expect(server.decided.splice(1)).toMatchObject([{ to: 'dispatched', by: 'li' }])
    expect((await post(path, { to: 'closed', note: '' }, { origin: 'http://elsewhere.example' })).status).toBe(403)
    expect((await post('/api/realms/demo/warnings/none/decisions', { to: 'closed', note: '' })).status).toBe(409)
    expect(server.decided).toHaveLength(1)
  })
})

interface Frames {
  next(): Promise<{ readonly event: string; readonly data: unknown }>
  close(): void
}

async function openStream(url: string): Promise<Frames> {
  const abort = new AbortController()
  const response = await fetch(url, { signal: abort.signal })
  if (response.body === null) throw new Error('a stream without a body')
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  return {
    async next() {
      for (;;) {
        const end = text.indexOf('\n\n')
        if (end >= 0) {
          const [event = '', data = ''] = text.slice(0, end).split('\n')
          text = text.slice(end + 2)
          return { event: event.slice('event: '.length), data: JSON.parse(data.slice('data: '.length)) as unknown }
        }
        const { done, value } = await reader.read()
        if (done) throw new Error('the stream ended')
        text += value
      }
    },
    close: () => abort.abort(),
  }
}
