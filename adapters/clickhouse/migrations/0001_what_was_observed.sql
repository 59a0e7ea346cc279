-- Columns are the fields of core/observation.ts and core/reject.ts: a line of the log is a row, untouched.
-- Times are UTC milliseconds. Rows can come again, so every table replaces by its natural key, and every insert
-- carries a token: without one, the window below would tell batches apart by content alone and drop equal ones.
CREATE TABLE IF NOT EXISTS observations
(
    realm      LowCardinality(String),
    feed       LowCardinality(String),
    record     String CODEC(ZSTD(1)),
    part       LowCardinality(String),
    id         String CODEC(ZSTD(1)),
    version    Int64 CODEC(ZSTD(1)),
    content    String CODEC(ZSTD(1)),
    kind       LowCardinality(String),
    subject    String CODEC(ZSTD(1)),
    authority  LowCardinality(String),
    trust      LowCardinality(String),
    district   LowCardinality(String),
    industry   LowCardinality(String),
    cause      LowCardinality(String),
    occurred   Int64 CODEC(Delta(8), ZSTD(1)),
    decided    Int64 CODEC(Delta(8), ZSTD(1)),
    published  Int64 CODEC(Delta(8), ZSTD(1)),
    known      Int64 CODEC(Delta(8), ZSTD(1)),
    received   Int64 CODEC(Delta(8), ZSTD(1)),
    value      Nullable(Float64) CODEC(ZSTD(1)),
    unit       LowCardinality(String),
    facts      Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    source     LowCardinality(String),
    line       UInt32 CODEC(Delta(4), ZSTD(1)),
    gone       UInt8,
    INDEX by_id id TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX by_known known TYPE minmax GRANULARITY 4
)
ENGINE = ReplacingMergeTree
ORDER BY (realm, subject, known, id, version, content)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS rejects
(
    realm     LowCardinality(String),
    feed      LowCardinality(String),
    id        String,
    source    String CODEC(ZSTD(1)),
    line      UInt32,
    reason    LowCardinality(String),
    hint      String CODEC(ZSTD(1)),
    sealed    String CODEC(ZSTD(1)),
    until     Int64,
    received  Int64
)
ENGINE = ReplacingMergeTree
ORDER BY (realm, feed, id)
TTL toDateTime(intDiv(until, 1000)) DELETE
SETTINGS non_replicated_deduplication_window = 10000;

-- The log for ever: a batch as it was written. Synced to the disk, since the log is trimmed on the strength of it.
CREATE TABLE IF NOT EXISTS archive
(
    realm     LowCardinality(String),
    topic     LowCardinality(String),
    shard     UInt16,
    position  String,
    count     UInt32,
    progress  String CODEC(ZSTD(1)),
    bulk      UInt8,
    bytes     String CODEC(ZSTD(3)),
    hash      String,
    written   Int64
)
ENGINE = ReplacingMergeTree
ORDER BY (realm, topic, shard, position)
SETTINGS non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 64;
