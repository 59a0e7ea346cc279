import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { examineCodes } from '../../app/commands/codes.ts'
import { loadPolicySetNamed } from '../../app/policies.ts'
import { normaliseUscc, usccCheckCharacter, validateUscc } from '../../core/uscc.ts'
import { examineUscc } from '../../core/uscc-checks.ts'

const SHARED = join(import.meta.dirname, '../../../shared')
const CODES = join(SHARED, 'data/uscc/registered_codes.txt')
const VECTORS = join(SHARED, 'vectors/vectors.json')
const SECOND = join(import.meta.dirname, '../support/uscc_verdicts.py')
const PYTHON_MISSING = spawnSync('python3', ['--version']).status !== 0
const NONE: ReadonlySet<string> = new Set()

const { legacyCodes } = loadPolicySetNamed(fileURLToPath(new URL('../../policies/', import.meta.url)), 'city')
const readCodes = () =>
  readFileSync(CODES, 'utf8')
    .split('\n')
    .filter((code) => code !== '')

/** The second implementation's verdicts, in the order of the codes. */
function secondOpinion(codes: readonly string[]): string[] {
  const { stdout, stderr, status } = spawnSync('python3', [SECOND], {
    input: codes.join('\n'),
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  })
  if (status !== 0) throw new Error(stderr)
  return stdout.trimEnd().split('\n')
}

/** What this implementation says, in the same words. */
function firstOpinion(code: string): string {
  const { verdict, broken } = examineUscc(code, NONE)
  if (verdict === 'bad-shape') return `${verdict}\t-\t-`
  const holds = (at: number) => (broken.some((rule) => rule.at === at) ? 0 : 1)
  return `${verdict}\t${holds(18)}\t${holds(17)}`
}

/** The codes with one character exchanged, another place and character in each; every third with its check digit mended. */
function mistyped(codes: readonly string[]): string[] {
  const characters = '0123456789ABCDEFGHJKLMNPQRTUWXYIOSVZ'
  return codes.map((code, n) => {
    const at = n % 18
    const wrong = code.slice(0, at) + characters.charAt((n * 7) % characters.length) + code.slice(at + 1)
    const mended = n % 3 === 0 ? usccCheckCharacter(wrong.slice(0, 17)) : undefined
    return mended === undefined ? wrong : wrong.slice(0, 17) + mended
  })
}

describe.skipIf(!existsSync(CODES))('20,000 registered codes (needs ../shared/data/uscc)', () => {
  it('hold three that fail their check digit, each listed with its line and the character that would be right', async () => {
    const lines: string[] = []
    const options = {
      file: CODES,
      all: false,
      json: true,
      language: 'en',
      legacyCodes,
      print: (line: string) => lines.push(line),
    } as const
    expect(await examineCodes(options)).toEqual({
      ok: 19_997,
      legacy: 0,
      'bad-shape': 0,
      'bad-check-digit': 3,
      'bad-organisation-code': 0,
    })
    const listed = lines.slice(0, -1).map((line) => JSON.parse(line))
    expect(
      listed.map(({ line, broken: [rule, ...more] }) => [line, rule.at, rule.found, rule.expected, more.length]),
    ).toEqual([
      [11_397, 18, 'G', 'F', 0],
      [11_741, 18, 'J', 'D', 0],
      [15_484, 18, 'Y', '1', 0],
    ])
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ total: 20_000, ok: 19_997 })
  })

  it.skipIf(PYTHON_MISSING)('get the same verdict from a second implementation (needs python3)', () => {
    const codes = readCodes().map(normaliseUscc)
    const second = secondOpinion(codes)
    expect(second).toHaveLength(20_000)
    expect(codes.filter((code, at) => firstOpinion(code) !== second[at])).toEqual([])
  })

  it.skipIf(PYTHON_MISSING)('get the same verdict when a character is exchanged (needs python3)', () => {
    const codes = mistyped(readCodes().map(normaliseUscc))
    const first = codes.map(firstOpinion)
    const second = secondOpinion(codes)
    expect(codes.filter((_, at) => first[at] !== second[at])).toEqual([])
    expect(new Set(first.map((verdict) => verdict.split('\t')[0]))).toEqual(
      new Set(['ok', 'bad-shape', 'bad-check-digit', 'bad-organisation-code']),
    )
  })
})

describe.skipIf(!existsSync(VECTORS))('the published codes (need ../shared/vectors)', () => {
  it('behave as they are labelled, also in small letters, full width and with spaces', () => {
    const { uscc_valid: valid, uscc_legacy_nonconforming: legacy } = JSON.parse(readFileSync(VECTORS, 'utf8'))
    expect(valid.length).toBeGreaterThan(15)
    for (const code of valid) {
      const wide = [...code].map((character) => String.fromCharCode(character.charCodeAt(0) + 0xfee0)).join('')
      for (const written of [code, code.toLowerCase(), ` ${code}\t`, wide])
        expect(validateUscc(normaliseUscc(written), legacyCodes), written).toBe('ok')
    }
    for (const code of legacy) {
      expect(validateUscc(code, legacyCodes)).toBe('legacy')
      expect(validateUscc(code, NONE)).toBe('bad-check-digit')
    }
    expect(legacyCodes).toEqual(new Set(legacy))
  })
})

describe('a wrong code is told with every rule that it breaks', () => {
  it.each([
    ['91140105MA0T100092', 'ok', []],
    ['91140105MA0T100093', 'bad-check-digit', [[18, '2']]],
    [
      '91140105MA0T100182',
      'bad-check-digit',
      [
        [18, '0'],
        [17, '7'],
      ],
    ],
    ['91140105MA0T10009', 'bad-shape', [[0, '18']]],
    [
      '9114O105MA0TI00092',
      'bad-shape',
      [
        [5, ''],
        [13, ''],
      ],
    ],
  ])('%s', (code, verdict, broken) => {
    const report = examineUscc(code, NONE)
    expect(report.verdict).toBe(verdict)
    expect(report.broken.map(({ at, expected }) => [at, expected])).toEqual(broken)
  })
})
