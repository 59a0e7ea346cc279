import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const FOLDER = join(import.meta.dirname, '../../../shared/vectors')

export const VECTORS_MISSING = !existsSync(join(FOLDER, 'vectors.json'))
/** For the name of a test that is skipped where they are. */
export const VECTORS_REMEDY = VECTORS_MISSING ? ' (skipped: put the vectors at ../shared/vectors)' : ''

export interface SharedVectors {
  readonly hj212: readonly {
    readonly name: string
    readonly len: number
    readonly crc: string
    readonly frame: string
  }[]
  readonly hj212_negative: readonly { readonly name: string; readonly frame: string; readonly expected_crc: string }[]
  readonly gb26875_hex: readonly string[]
}

export function sharedVectors(): SharedVectors {
  if (VECTORS_MISSING) return { hj212: [], hj212_negative: [], gb26875_hex: [] }
  return JSON.parse(readFileSync(join(FOLDER, 'vectors.json'), 'utf8'))
}

/** Frames found in public repositories: whether their length and check are right, where they are from, the frame. */
export function foundFrames(): readonly { readonly crc: 'CRC_OK' | 'CRC_BAD'; readonly frame: string }[] {
  const file = join(FOLDER, 'hj212_frames.tsv')
  if (!existsSync(file)) return []
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  return lines.map((line) => {
    const [, crc, , frame = ''] = line.split('\t')
    return { crc: crc === 'CRC_OK' ? crc : 'CRC_BAD', frame }
  })
}
