import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createMemoryPresent } from '../../adapters/memory/present.ts'
import { putFixture } from '../support/board-fixture.ts'
import { type FixtureServer, startFixtureServer, WEB_ROOT } from '../support/board-server.ts'

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
)
const VITE_CONFIG = new URL('../../dashboards/web/vite.config.ts', import.meta.url).pathname
const what = 'the pages of stewards in a browser'

describe.skipIf(CHROMIUM === undefined)(CHROMIUM === undefined ? `${what} (skipped: install chromium)` : what, () => {
  let browser: Browser
  let server: FixtureServer
  let page: Page
  let complaints: string[]

  beforeAll(async () => {
    if (!existsSync(`${WEB_ROOT}/index.html`)) await build({ configFile: VITE_CONFIG, logLevel: 'error' })
    browser = await chromium.launch({
      executablePath: CHROMIUM ?? '',
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    })
    const present = createMemoryPresent()
    await putFixture(present, 0, Date.now())
    server = await startFixtureServer({ present, port: 0 })
  }, 60_000)
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  beforeEach(async () => {
    page = await browser.newPage({ viewport: { width: 1920, height: 1080 }, locale: 'zh-CN' })
    complaints = []
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
  })
  afterEach(() => page.close())

  it('leads from the wall to the rejects and back, without a complaint of the browser', async () => {
    await page.goto(server.url)
    await page.getByRole('link', { name: '退回记录' }).click()
    await page.getByRole('heading', { name: '按原因归并' }).waitFor()
    expect(await page.locator('.groups tbody tr').count()).toBe(11)
    expect(await page.locator('.groups tbody tr').first().textContent()).toContain('校验码错误')
    expect(await page.locator('.days svg g').count()).toBe(30)
    expect(await page.locator('.demo').textContent()).toBe('演示')
    expect(await page.evaluate('document.documentElement.scrollHeight <= innerHeight')).toBe(true)
    await page.locator('a.back').click()
    await page.locator('.row').first().waitFor()
    expect(complaints).toEqual([])
  })

  it('shows objections with what is overdue first, repairs with what was brought, and leads to the enterprise', async () => {
    await page.goto(`${server.url}/#/cases`)
    await page.locator('.objections tbody tr').first().waitFor()
    expect(await page.locator('.objections tbody tr').first().textContent()).toContain('逾期')
    expect(await page.locator('.repairs .brought').count()).toBe(21)
    expect(await page.locator('.repairs .overdue').first().textContent()).toContain('逾期仍在公示')
    expect(await page.locator('.displays .listings tbody tr').count()).toBe(2)
    expect(await page.locator('.displays table:not(.listings) tbody tr').count()).toBe(12)
    await page.locator('.objections tbody a').first().click()
    await page.getByRole('heading', { name: '评分构成' }).waitFor()
    expect(complaints).toEqual([])
  })

  it('shows wrong and duplicate codes by authority, of all months or of one, with examples of the one that is chosen', async () => {
    await page.goto(`${server.url}/#/codes`)
    await page.locator('.table tbody tr').first().waitFor()
    const all = await page.locator('.table tbody tr').first().textContent()
    await page.locator('.table .aside button').last().click()
    await page.locator('.table .aside button[aria-pressed=true]').last().waitFor()
    expect(await page.locator('.table tbody tr').first().textContent()).not.toBe(all)
    const before = await page.locator('.examples li').count()
    await page.locator('.table .name').first().click()
    await page.locator('.table tr.chosen').waitFor()
    expect(await page.locator('.examples li').count()).toBeLessThan(before)
    expect(complaints).toEqual([])
  })

  it('says everything in English too', async () => {
    await page.goto(`${server.url}/#/rejects`)
    await page.getByRole('button', { name: 'English' }).click()
    await page.getByRole('link', { name: 'Objections and repairs' }).click()
    await page.getByRole('heading', { name: 'Repair of credit' }).waitFor()
    await page.getByRole('link', { name: 'Wrong codes' }).click()
    await page.getByRole('heading', { name: 'By authority' }).waitFor()
    expect(await page.locator('main').textContent()).not.toMatch(/[\u4e00-\u9fff]/)
  })
})
