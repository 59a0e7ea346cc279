import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cruise, type ICruiseResult, type IForbiddenRuleType } from 'dependency-cruiser'
import { afterAll, describe, expect, it } from 'vitest'
import { forbidden } from './boundaries.rules.mjs'

const ROOT = join(import.meta.dirname, '..')
const FOLDERS = [
  'core',
  'ingest',
  'processors',
  'alerts',
  'inspections',
  'dashboards',
  'adapters',
  'app',
  'simulation',
  'bench',
]
const temporary: string[] = []

async function violationsIn(base: string, folders: readonly string[]): Promise<ICruiseResult> {
  const result = await cruise([...folders], {
    baseDir: base,
    // The only parser of the tool that reads this TypeScript.
    parser: 'swc',
    ruleSet: { forbidden: forbidden as unknown as IForbiddenRuleType[] },
    validate: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dashboards/web/|dist/|node_modules/)' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.mjs'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node'],
    },
  })
  if (typeof result.output === 'string') throw new TypeError('the tool reported text')
  return result.output
}

async function sourceFiles(): Promise<string[]> {
  const lists = await Promise.all(
    FOLDERS.map(async (folder) => {
      const entries = await readdir(join(ROOT, folder), { recursive: true })
      return entries
        .filter((entry) => entry.endsWith('.ts') && !entry.startsWith('web/'))
        .map((entry) => `${folder}/${entry}`)
    }),
  )
  return lists.flat()
}

afterAll(async () => {
  await Promise.all(temporary.map((folder) => rm(folder, { recursive: true, force: true })))
})

describe('the arrows of the house', () => {
  it('hold in every module, and every module was read', async () => {
    const output = await violationsIn(ROOT, FOLDERS)
    expect(output.summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`)).toEqual([])
    const read = new Set(output.modules.map((module) => module.source))
    expect((await sourceFiles()).filter((file) => !read.has(file))).toEqual([])
  }, 120_000)

  it.each([
    [
      'core/planted.ts',
      "import { x } from '../ingest/planted-target.ts'",
      'ingest/planted-target.ts',
      'core-imports-nothing-outside',
    ],
    [
      'core/planted.ts',
      "import type { X } from '../adapters/planted-target.ts'",
      'adapters/planted-target.ts',
      'core-imports-nothing-outside',
    ],
    [
      'alerts/planted.ts',
      "import { x } from '../processors/planted-target.ts'",
      'processors/planted-target.ts',
      'alerts-imports-no-other-stage',
    ],
    [
      'processors/planted.ts',
      "export * from '../adapters/planted-target.ts'",
      'adapters/planted-target.ts',
      'processors-imports-no-other-stage',
    ],
    [
      'simulation/planted.ts',
      "const x = await import('../ingest/planted-target.ts')\nexport { x }",
      'ingest/planted-target.ts',
      'simulation-speaks-through-the-front-doors',
    ],
    ['ingest/planted.ts', "import { Type } from 'typebox'\nexport { Type }", undefined, 'schemas-come-through-core'],
    ['core/planted.ts', "import { Redis } from 'ioredis'\nexport { Redis }", undefined, 'core-needs-no-package'],
  ])('catch a violation planted in %s: %s', async (file, text, target, rule) => {
    const base = await mkdtemp(join(tmpdir(), 'fengsui-boundaries-'))
    temporary.push(base)
    await symlink(join(ROOT, 'node_modules'), join(base, 'node_modules'))
    for (const folder of FOLDERS) await mkdir(join(base, folder))
    await writeFile(join(base, 'package.json'), JSON.stringify({ type: 'module', dependencies: { ioredis: '*' } }))
    if (target !== undefined) await writeFile(join(base, target), 'export const x = 1\nexport type X = number\n')
    await writeFile(join(base, file), `${text}\n`)
    const output = await violationsIn(base, FOLDERS)
    expect(output.summary.violations.map((violation) => violation.rule.name)).toContain(rule)
  })
})
