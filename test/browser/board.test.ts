import { existsSync } from 'node:fs'
import { type Browser, chromium, type Page } from 'playwright-core'
import { build } from 'vite'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createMemoryPresent } from '../../adapters/memory/present.ts'
import type { Present } from '../../core/present.ts'
import { CITY_CARD } from '../support/board-city.ts'
import { fixtureWarning, putFixture } from '../support/board-fixture.ts'
import { type FixtureServer, startFixtureServer, WEB_ROOT } from '../support/board-server.ts'

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
)
const VITE_CONFIG = new URL('../../dashboards/web/vite.config.ts', import.meta.url).pathname
const name =
  CHROMIUM === undefined ? 'the board in a browser (skipped: install chromium to run it)' : 'the board in a browser'

describe.skipIf(CHROMIUM === undefined)(name, () => {
  let browser: Browser
  let present: Present
  let server: FixtureServer
  let page: Page
  let complaints: string[]

  beforeAll(async () => {
    if (!existsSync(`${WEB_ROOT}/index.html`)) await build({ configFile: VITE_CONFIG, logLevel: 'error' })
    browser = await chromium.launch({
      executablePath: CHROMIUM ?? '',
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    })
  }, 60_000)
  afterAll(() => browser?.close())

  beforeEach(async () => {
    present = createMemoryPresent()
    await putFixture(present, 0, Date.now())
    server = await startFixtureServer({ present, port: 0 })
    page = await browser.newPage({ viewport: { width: 1920, height: 1080 }, locale: 'zh-CN' })
    complaints = []
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
  })
  afterEach(async () => {
    await page.close()
    await server.stop()
  })

  it('shows the first realm at once: totals, map, warnings, feeds and plan, without a complaint of the browser', async () => {
    await page.goto(server.url)
    await page.getByRole('heading', { name: '未办结预警' }).first().waitFor()
    expect(await page.locator('.row').count()).toBe(23)
    expect(await page.locator('.row.cluster').count()).toBe(4)
    expect(await page.locator('.feeds tbody tr').count()).toBe(10)
    expect(await page.locator('.plan tbody tr').count()).toBe(4)
    expect(await page.locator('.demo').textContent()).toBe('演示')
    await page.locator('.heat canvas').first().waitFor()
    expect(await page.evaluate('document.documentElement.scrollHeight <= innerHeight')).toBe(true)
    expect(complaints).toEqual([])
  })

  it('changes when the city changes, without being asked', async () => {
    await page.goto(server.url)
    await page.locator('.row').first().waitFor()
    const grave = {
      ...fixtureWarning(40, Date.now()),
      level: 'red',
      name: '新增预警测试有限公司',
      kind: 'enterprise',
      raised: Date.now(),
    }
    await present.put(CITY_CARD.realm, 'warnings', { [grave.id]: JSON.stringify(grave) })
    await page.locator('.row', { hasText: '新增预警测试有限公司' }).waitFor()
    expect(await page.locator('.row').first().textContent()).toContain('新增预警测试有限公司')
  })

  it('says everything in English too, and remembers the choice', async () => {
    await page.goto(server.url)
    await page.getByRole('button', { name: 'English' }).click()
    await page.getByRole('heading', { name: 'Feed health' }).waitFor()
    expect(await page.getAttribute('html', 'lang')).toBe('en')
    await page.reload()
    await page.getByRole('heading', { name: 'Feed health' }).waitFor()
    await page.locator('.what').first().waitFor()
    expect(await page.locator('.what').count()).toBe(6)
    expect(await chineseOn(page)).toEqual([])
  })

  it('takes a confirmation, and shows the new state when the city has it', async () => {
    await page.goto(server.url)
    const row = page.locator('.row').first()
    await row.getByRole('button', { name: '确认' }).click()
    await row.getByText('已确认').waitFor()
    expect(server.decided).toMatchObject([{ to: 'confirmed', by: '~unsigned' }])
  })

  it('opens a warning on its evidence, and closes it only with a note', async () => {
    await page.goto(server.url)
    await page.locator('.row.cluster .name').first().click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('涉及主体').waitFor()
    expect(await dialog.locator('tbody tr').count()).toBeGreaterThan(0)
    expect(await dialog.locator('tbody .mono').first().textContent()).toMatch(/\.csv:\d+/)
    expect(await dialog.getByRole('button', { name: '办结' }).isDisabled()).toBe(true)
    await dialog.getByRole('textbox', { name: '处置说明' }).fill('已联合检查，隐患消除')
    await dialog.getByRole('button', { name: '办结' }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.locator('.row').nth(21).waitFor()
    expect(server.decided).toMatchObject([{ warning: 'w-001', to: 'closed', note: '已联合检查，隐患消除' }])
  })

  it('shows who decided what of a warning, tells the unsigned apart, and signs with a key that is typed in', async () => {
    await page.goto(`${server.url}/?lang=en`)
    await page.locator('.row .name').first().click()
    const dialog = page.getByRole('dialog')
    await dialog.locator('.decisions').waitFor()
    expect(await dialog.locator('.decisions li').allTextContents()).toEqual([
      expect.stringMatching(/Confirmed\s*li/),
      expect.stringMatching(/Confirmed\s*unsigned \(no key\)/),
    ])
    const dispatch = dialog.getByRole('button', { name: 'Dispatch' })
    await dialog.getByLabel('Key of the operator').fill('nobody’s')
    await dispatch.click()
    await dialog.getByText('No operator has this key').waitFor()
    await dialog.getByLabel('Key of the operator').fill('key-of-li')
    await dispatch.click()
    await dialog.getByText('Dispatched').first().waitFor()
    await page.reload()
    await page.locator('.row').nth(1).getByRole('button', { name: 'Confirm' }).click()
    await page.locator('.row').nth(1).getByText('Confirmed').waitFor()
    expect(server.decided).toMatchObject([
      { to: 'dispatched', by: 'li' },
      { to: 'confirmed', by: '~unsigned' },
    ])
  })

  it('filters warnings and risers by what is clicked on the map', async () => {
    await page.goto(server.url)
    await page.locator('.row').first().waitFor()
    const before = await page.locator('.row').count()
    const box = await page.locator('.heat .host').boundingBox()
    if (box === null) throw new Error('the map has no place')
    await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2)
    await page.getByRole('button', { name: '清除筛选' }).first().waitFor()
    expect(await page.locator('.row').count()).toBeLessThan(before)
    await page.getByRole('button', { name: '清除筛选' }).first().click()
    await page
      .locator('.row')
      .nth(before - 1)
      .waitFor()
  })

  it('says since when it is stale once nothing comes any more', async () => {
    await page.clock.install()
    await page.goto(server.url)
    await page.locator('.row').first().waitFor()
    expect(await page.locator('.banner').count()).toBe(0)
    await server.stop()
    await page.clock.fastForward(16_000)
    await page.locator('.banner').waitFor()
    expect(await page.locator('.banner').textContent()).toMatch(/自 \d{2}:\d{2}:\d{2} 起未收到任何更新/)
  })

  it('leads to the page of an enterprise: score, parts, history, observations with their lines, receipt', async () => {
    await page.goto(server.url)
    await page.locator('.risers a').first().click()
    await page.getByRole('heading', { name: '评分构成' }).waitFor()
    expect(page.url()).toContain('#/enterprise/')
    expect(await page.locator('.parts tbody tr').count()).toBe(7)
    expect(await page.locator('.receipt').first().textContent()).toContain('fengsui verify')
    expect(await page.locator('.observations tbody tr').count()).toBe(26)
    expect(await page.locator('.observations').textContent()).toContain('期限 2026-10-31 23:59 · 承诺事项 后厨整改')
    await page.locator('.parts .evidence button').first().click()
    await page.locator('tr.chosen').waitFor()
    expect(server.audited).toHaveLength(1)
    await page.locator('a.back').click()
    await page.locator('.row').first().waitFor()
    expect(complaints).toEqual([])
  })

  it('finds an enterprise by its name', async () => {
    await page.goto(server.url)
    await page.getByRole('searchbox').fill('晨曦')
    await page.locator('.hits a').first().click()
    await page.getByRole('heading', { name: '评分构成' }).waitFor()
  })
})

/** What stands in Chinese on a page that is in English: names of enterprises do, as they are filed. */
async function chineseOn(page: Page): Promise<string[]> {
  const texts = await page
    .locator('body *:not(:has(*))')
    .evaluateAll((elements) =>
      elements
        .filter((element) => element.closest('.language, .name, .who, .what b') === null)
        .flatMap((element) => [element.textContent ?? '', element.getAttribute('title') ?? '']),
    )
  return texts.filter((text) => /\p{Script=Han}/u.test(text))
}
