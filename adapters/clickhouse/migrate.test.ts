import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Refusal } from '../../core/errors.ts'
import { MIGRATIONS_FOLDER, type TestHistory, withHistory } from '../../test/support/embedded.ts'
import { migrate } from './migrate.ts'

describe('migrations', () => {
  let subject: TestHistory
  let folder: string
  beforeAll(async () => {
    subject = await withHistory()
    folder = await mkdtemp(join(tmpdir(), 'fengsui-migrations-'))
  }, 60_000)
  afterAll(async () => {
    await subject.stop()
    await rm(folder, { recursive: true, force: true })
  }, 60_000)

  it('run once: a second start finds nothing to do', async () => {
    expect(await migrate(subject.history, MIGRATIONS_FOLDER)).toEqual([])
  })

  it('run in the order of their numbers, statement by statement, comments left out', async () => {
    await writeFile(
      join(folder, '8002_b.sql'),
      `INSERT INTO steps VALUES (2, 'a;b');\nINSERT INTO steps VALUES (3, '');\n`,
    )
    await writeFile(
      join(folder, '8001_a.sql'),
      `-- first; of all\nCREATE TABLE steps (a Int8, b String) ENGINE = MergeTree ORDER BY a;\n`,
    )
    await writeFile(join(folder, 'readme.md'), 'not a migration')
    expect(await migrate(subject.history, folder)).toEqual(['8001_a.sql', '8002_b.sql'])
    expect(await subject.history.query('SELECT * FROM steps ORDER BY a', {})).toEqual([
      { a: 2, b: 'a;b' },
      { a: 3, b: '' },
    ])
  })

  it('refuse to go on where one that ran was changed since', async () => {
    await writeFile(join(folder, '8001_a.sql'), 'SELECT 1;\n')
    await expect(migrate(subject.history, folder)).rejects.toBeInstanceOf(Refusal)
  })
})
