import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Refusal } from '../core/errors.ts'
import { startOfDay } from './calendar.ts'
import { type Trouble, truthLine } from './troubles.ts'

/** Which world it is: written first, so that a simulation that goes on tomorrow goes on in the same one. */
export interface WorldRecord {
  readonly seed: number
  readonly enterprises: number
  readonly firstDay: number
  /** Where the back-fill ends and the live part begins, UTC ms. */
  readonly startAt: number
}

export interface TruthFile {
  readonly world: WorldRecord
  /** Writes what begins; what is there already is not written again. */
  record(troubles: readonly Trouble[]): Promise<void>
}

/**
 * Opens the file, or begins it with `wanted`. Errors: `Refusal` where it belongs to another world (seed or size): what
 * was sent of that world would be mixed with this one.
 */
export async function openTruthFile(path: string, wanted: WorldRecord): Promise<TruthFile> {
  const lines = (await readIfThere(path)).split('\n').filter((line) => line.endsWith('}'))
  const [first, ...rest] = lines.map((line) => JSON.parse(line) as { kind: string; id: string } & WorldRecord)
  if (first === undefined) {
    await mkdir(dirname(path), { recursive: true })
    await appendFile(path, `${JSON.stringify({ kind: 'world', ...wanted })}\n`)
  } else if (first.seed !== wanted.seed || first.enterprises !== wanted.enterprises) {
    throw new Refusal({
      zh: `${path} 属于种子为 ${first.seed}、有 ${first.enterprises} 家企业的城市:请沿用它们,或另给数据目录和真值文件`,
      en: `${path} belongs to a city of ${first.enterprises} enterprises from seed ${first.seed}: go on with those, or give another data folder and truth file.`,
    })
  }
  const written = new Set(rest.map(({ id }) => id))
  return {
    world: first ?? wanted,
    async record(troubles) {
      const fresh = troubles.filter(({ id }) => !written.has(id))
      for (const { id } of fresh) written.add(id)
      if (fresh.length > 0)
        await appendFile(path, fresh.map((trouble) => `${truthLine(trouble, startOfDay)}\n`).join(''))
    },
  }
}

async function readIfThere(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  }
}
