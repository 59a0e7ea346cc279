-- A shard's state is a chain of snapshots: a whole one, and behind it what changed from one to the next. Each stands in a
-- place of one of two lanes, of which chains take turns; what comes later into a place reaches further. Those of before are
-- whole and stand in the first place. Each statement may be run again after a crash.
ALTER TABLE snapshots ADD COLUMN IF NOT EXISTS chain UInt64 DEFAULT 0 AFTER shard;
ALTER TABLE snapshots ADD COLUMN IF NOT EXISTS lane UInt8 DEFAULT 0 AFTER chain;
ALTER TABLE snapshots ADD COLUMN IF NOT EXISTS place UInt16 DEFAULT 0 AFTER lane;
ALTER TABLE snapshots ADD COLUMN IF NOT EXISTS after String DEFAULT '' AFTER place;
DROP TABLE IF EXISTS snapshots_in_places;
CREATE TABLE snapshots_in_places
(
    realm      LowCardinality(String),
    role       LowCardinality(String),
    shard      UInt16,
    chain      UInt64,
    lane       UInt8,
    place      UInt16,
    after      String,
    positions  String,
    state      String CODEC(ZSTD(1)),
    hash       String,
    reach      UInt64,
    saved      Int64
)
ENGINE = ReplacingMergeTree(reach)
ORDER BY (realm, role, shard, lane, place)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8;
INSERT INTO snapshots_in_places
    SELECT realm, role, shard, chain, lane, place, after, positions, state, hash, reach, saved FROM snapshots FINAL;
DROP TABLE IF EXISTS snapshots_before;
RENAME TABLE snapshots TO snapshots_before, snapshots_in_places TO snapshots;
DROP TABLE snapshots_before;
