-- The snapshot that includes most of the log is kept, not the one with the latest wall time: machines differ in that, and
-- the log is trimmed behind the furthest. `reach`: entries of the log that it includes; 0 in rows of before.
-- A table's version cannot be exchanged, so the rows move. Each statement may be run again after a crash.
ALTER TABLE snapshots ADD COLUMN IF NOT EXISTS reach UInt64 DEFAULT 0 AFTER hash;
DROP TABLE IF EXISTS snapshots_by_reach;
CREATE TABLE snapshots_by_reach
(
    realm      LowCardinality(String),
    role       LowCardinality(String),
    shard      UInt16,
    positions  String,
    state      String CODEC(ZSTD(1)),
    hash       String,
    reach      UInt64,
    saved      Int64
)
ENGINE = ReplacingMergeTree(reach)
ORDER BY (realm, role, shard)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8;
INSERT INTO snapshots_by_reach SELECT realm, role, shard, positions, state, hash, reach, saved FROM snapshots FINAL;
DROP TABLE IF EXISTS snapshots_before;
RENAME TABLE snapshots TO snapshots_before, snapshots_by_reach TO snapshots;
DROP TABLE snapshots_before;
