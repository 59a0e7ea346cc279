import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const SOURCE = join(import.meta.dirname, '../../../shared/data/chicago')
const FILES = {
  'chicago-licences': { file: 'licences.csv', licence: 0 },
  'chicago-inspections': { file: 'inspections.csv', licence: 1 },
  'chicago-complaints': { file: 'sanitation_complaints_311.csv', licence: undefined },
  'chicago-other-inspections': { file: 'other_inspections.csv', licence: 0 },
} as const

export const CHICAGO_MISSING = !Object.values(FILES).every(({ file }) => existsSync(join(SOURCE, file)))

/** One licence in so many, with all of its records, so that their histories are whole. */
const ONE_IN = 16

/** One line of each file is of no use, so that there is something to reject. */
const UNREADABLE = 'not,a,record'

/** A smaller Chicago in `folder`; what follows `--feed` on a command line, feed by feed. */
export function cutChicago(folder: string): string[] {
  mkdirSync(folder, { recursive: true })
  return Object.entries(FILES).flatMap(([feed, { file, licence }]) => {
    const [header = '', ...lines] = readFileSync(join(SOURCE, file), 'utf8').trimEnd().split('\n')
    const kept = lines.filter((line, at) =>
      licence === undefined ? at % (3 * ONE_IN) === 0 : Number(line.split(',')[licence]) % ONE_IN === 3,
    )
    const path = join(folder, file)
    writeFileSync(path, `${[header, ...kept, UNREADABLE].join('\n')}\n`)
    return ['--feed', feed, path]
  })
}
