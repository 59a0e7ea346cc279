CREATE TABLE IF NOT EXISTS enterprises
(
    realm       LowCardinality(String),
    enterprise  String,
    name        String CODEC(ZSTD(1)),
    district    LowCardinality(String),
    industry    LowCardinality(String),
    facts       Map(LowCardinality(String), String) CODEC(ZSTD(1)),
    known       Int64
)
ENGINE = ReplacingMergeTree(known)
ORDER BY (realm, enterprise)
SETTINGS non_replicated_deduplication_window = 10000;

-- Fields of RiskPoint in core/risk.ts; `signals` keeps its JSON text.
CREATE TABLE IF NOT EXISTS risk
(
    realm       LowCardinality(String),
    enterprise  String CODEC(ZSTD(1)),
    name        String CODEC(ZSTD(1)),
    effective   Int64 CODEC(Delta(8), ZSTD(1)),
    risk        UInt16,
    own         UInt16,
    basis       UInt16,
    class       LowCardinality(String),
    district    LowCardinality(String),
    industry    LowCardinality(String),
    signals     String CODEC(ZSTD(1)),
    revision    UInt32,
    removed     UInt8,
    policy      LowCardinality(String),
    receipt     String,
    processed   Int64 DEFAULT toUnixTimestamp64Milli(now64(3)) COMMENT 'wall clock, UTC ms'
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (realm, enterprise, effective)
SETTINGS non_replicated_deduplication_window = 10000;

-- Fields of Warning in core/warning.ts, all revisions.
CREATE TABLE IF NOT EXISTS warnings
(
    realm        LowCardinality(String),
    id           String,
    kind         LowCardinality(String),
    level        LowCardinality(String),
    state        LowCardinality(String),
    subject      String,
    name         String CODEC(ZSTD(1)),
    district     LowCardinality(String),
    industries   Array(String),
    cause        LowCardinality(String),
    risk         UInt16,
    measure      String,
    reason       Tuple(zh String, en String) CODEC(ZSTD(1)),
    evidence     Array(String) CODEC(ZSTD(1)),
    enterprises  Array(String) CODEC(ZSTD(1)),
    receiver     LowCardinality(String),
    raised       Int64,
    changed      Int64,
    revision     UInt32
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (realm, id, revision)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS notices
(
    realm     LowCardinality(String),
    id        String,
    warning   String,
    receiver  LowCardinality(String),
    made      Int64,
    state     LowCardinality(String),
    body      String CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY (realm, id, state)
SETTINGS non_replicated_deduplication_window = 10000;

CREATE TABLE IF NOT EXISTS decisions
(
    realm  LowCardinality(String),
    id     String,
    type   LowCardinality(String),
    at     Int64,
    body   String CODEC(ZSTD(1))
)
ENGINE = ReplacingMergeTree
ORDER BY (realm, id, type)
SETTINGS non_replicated_deduplication_window = 10000;

-- `positions` is JSON text, `state` gzip in base64, `hash` over both as they were before packing.
CREATE TABLE IF NOT EXISTS snapshots
(
    realm      LowCardinality(String),
    role       LowCardinality(String),
    shard      UInt16,
    positions  String,
    state      String CODEC(ZSTD(1)),
    hash       String,
    saved      Int64
)
ENGINE = ReplacingMergeTree(saved)
ORDER BY (realm, role, shard)
SETTINGS non_replicated_deduplication_window = 1000, fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8;
