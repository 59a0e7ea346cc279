-- The change points of a policy that is folded beside the one in force: a row as in `risk`, told apart by policy. No board
-- reads it.
CREATE TABLE IF NOT EXISTS shadow_risk
(
    realm       LowCardinality(String),
    policy      LowCardinality(String),
    enterprise  String CODEC(ZSTD(1)),
    name        String CODEC(ZSTD(1)),
    effective   Int64 CODEC(Delta(8), ZSTD(1)),
    recorded    Int64 CODEC(Delta(8), ZSTD(1)),
    risk        UInt16,
    own         UInt16,
    basis       UInt16,
    class       LowCardinality(String),
    district    LowCardinality(String),
    industry    LowCardinality(String),
    signals     String CODEC(ZSTD(1)),
    revision    UInt32,
    removed     UInt8,
    receipt     String
)
ENGINE = ReplacingMergeTree(revision)
ORDER BY (realm, policy, enterprise, effective, recorded)
SETTINGS non_replicated_deduplication_window = 10000;
