import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createAuditChain } from './audit-chain.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fengsui-audit-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

it('goes on behind its last whole line after a power cut in the middle of the next', async () => {
  const file = join(folder, 'audit.ndjson')
  await createAuditChain(file)({ act: 'one' })
  const whole = readFileSync(file, 'utf8')
  appendFileSync(file, '{"act":"tw')
  await createAuditChain(file)({ act: 'three' })
  const text = readFileSync(file, 'utf8')
  expect(text.startsWith(whole)).toBe(true)
  const [one, three] = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect([one.before, three.act, three.before]).toEqual(['', 'three', one.hash])
})
