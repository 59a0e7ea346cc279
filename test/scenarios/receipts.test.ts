import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { verifyFile, verifyScore } from '../../app/commands/verify.ts'
import { AS_KNOWN_NOW } from '../../core/risk-history.ts'
import { receiptBytes } from '../../processors/receipt.ts'
import { type CaseCity, createCaseCity } from '../support/case-city.ts'
import { fengsuiToEnd } from '../support/command.ts'
import { type TestHistory, type TestRedis, withHistory, withRedis } from '../support/embedded.ts'
import { midnight, penalty, REGISTRATION, RESTAURANT } from '../support/guide-city.ts'

const WRONG = '并市罚〔2026〕7号'

let redis: TestRedis
let store: TestHistory
let city: CaseCity
let folder: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fengsui-receipts-'))
  ;[redis, store] = await Promise.all([withRedis(), withHistory()])
  city = await createCaseCity('receipts', redis, store)
  await city.files('registry', [REGISTRATION])
  await city.dayBegins('2026-03-01')
  await city.files('penalties', [penalty(WRONG, '2026-03-05'), penalty('并市罚〔2026〕8号', '2026-03-20')])
  await city.dayBegins('2026-05-01')
  await city.files('penalties', [penalty(WRONG, '2026-03-05', { BZ: '撤销', SJC: '2026-05-02 10:00:00' })])
  // Filed months after the authority knew: the past is judged anew.
  await city.files('penalties', [penalty('并市罚〔2026〕9号', '2026-04-02')])
  await city.dayBegins('2026-09-01')
})

afterAll(async () => {
  await city.stop()
  await Promise.all([redis.stop(), store.stop()])
  rmSync(folder, { recursive: true, force: true })
})

const stores = () => ({ log: city.log, history: store.history })
const asked = (on: number, known = AS_KNOWN_NOW) => ({ enterprise: RESTAURANT, on, known })

async function exported(on = AS_KNOWN_NOW): Promise<string> {
  const { verdict, receipt } = await verifyScore(stores(), city.set, asked(on))
  expect(verdict).toMatchObject({ ok: true, differences: [] })
  if (receipt === undefined) throw new Error('no receipt')
  const file = join(folder, `${on}.json`)
  writeFileSync(file, receiptBytes(receipt))
  return file
}

describe('fengsui verify', () => {
  it.each([
    ['2026-03-10', '2026-03-10'],
    ['2026-04-10', '2026-04-10'],
    ['2026-04-10', '2026-09-01'],
    ['2026-08-01', '2026-09-01'],
  ])('folds the score of %s as known on %s again out of the archive', async (on, known) => {
    const { verdict } = await verifyScore(stores(), city.set, asked(midnight(on), midnight(known)))
    expect(verdict).toMatchObject({ ok: true, differences: [] })
  })

  it('writes a receipt that proves itself where there is no store at all', async () => {
    const file = await exported()
    const { code, said } = await fengsuiToEnd(['verify', file, '--json', '--data', join(folder, 'none')])
    expect(JSON.parse(said)).toMatchObject({ ok: true, differences: [], what: expect.stringContaining(RESTAURANT) })
    expect(code).toBe(0)
  })

  it('names what was changed in a receipt', async () => {
    const file = await exported(midnight('2026-08-01'))
    const text = readFileSync(file, 'utf8')
    const changed = join(folder, 'changed.json')
    writeFileSync(changed, text.replace(/"risk":\d+/, '"risk":1'))
    const { ok, differences } = verifyFile(changed)
    expect(ok).toBe(false)
    for (const word of ['risk', 'receipt', 'digest']) expect(differences.map(({ en }) => en).join()).toContain(word)
    writeFileSync(changed, text.slice(0, -20))
    expect(verifyFile(changed)).toMatchObject({
      ok: false,
      differences: [{ zh: expect.any(String), en: expect.stringContaining('no receipt') }],
    })
  })

  it('finds a score that somebody has put into the history with a receipt of its own', async () => {
    const { history } = store
    const on = midnight('2026-08-01')
    const { receipt } = await verifyScore(stores(), city.set, asked(on))
    if (receipt === undefined) throw new Error('no receipt')
    const { point } = receipt
    const row = `${JSON.stringify({ ...point, signals: [], risk: 0, own: 0, revision: point.revision + 1, receipt: '0'.repeat(64) })}\n`
    await history.insert('risk', Buffer.from(row), 'forged')
    const { verdict } = await verifyScore(stores(), city.set, asked(on))
    expect(verdict.ok).toBe(false)
    expect(verdict.differences.map(({ en }) => en).join()).toContain(`folded again ${point.risk}`)
    await history.command(`ALTER TABLE risk DELETE WHERE receipt = '${'0'.repeat(64)}' SETTINGS mutations_sync = 2`)
    expect((await verifyScore(stores(), city.set, asked(on))).verdict.ok).toBe(true)
  })

  it('refuses to build on an archive whose bytes are not those that were written', async () => {
    const damage = (change: string) =>
      store.history.command(
        `ALTER TABLE archive UPDATE hash = ${change} WHERE realm = 'receipts' AND count > 0 SETTINGS mutations_sync = 2`,
      )
    await damage('reverse(hash)')
    await expect(verifyScore(stores(), city.set, asked(AS_KNOWN_NOW))).rejects.toThrow(/archive of receipts is damaged/)
    await damage('reverse(hash)')
  })
})
