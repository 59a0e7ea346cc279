import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * About so many parts of like size are merged at once (ClickHouse: 5). On one machine merges take their time from whoever
 * writes: a sixth of what the owner costs in a back-fill, for twice as many parts to read.
 */
const MERGE_SELECTOR_BASE = 10

/** Writes what of the engine's configuration is no setting of a statement, and answers how it is told of it. */
export function writeOwnerConfig(folder: string): readonly string[] {
  const file = join(folder, 'fengsui.xml')
  const mergeTree = `<merge_selector_base>${MERGE_SELECTOR_BASE}</merge_selector_base>`
  writeFileSync(file, `<clickhouse><merge_tree>${mergeTree}</merge_tree></clickhouse>\n`, { mode: 0o600 })
  return [`--config-file=${file}`]
}
