-- What the cells of a realm counted in each period, as it was said: a period that a correction restates has a row for each
-- time. Bitemporal as `risk`: of a period as known at an instant the newest row recorded by then counts.
CREATE TABLE IF NOT EXISTS cells
(
    realm      LowCardinality(String),
    cell       LowCardinality(String),
    key        String CODEC(ZSTD(1)),
    ended      Int64 CODEC(Delta(8), ZSTD(1)),
    recorded   Int64 CODEC(Delta(8), ZSTD(1)),
    effective  Int64 CODEC(Delta(8), ZSTD(1)),
    count      Int64
)
ENGINE = ReplacingMergeTree
ORDER BY (realm, cell, key, ended, recorded)
SETTINGS non_replicated_deduplication_window = 10000;
