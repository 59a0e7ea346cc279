-- Fields of Reject and RejectState in core/reject.ts. A reject's state is a row of its own, as the log tells it.
ALTER TABLE rejects
    ADD COLUMN IF NOT EXISTS format    LowCardinality(String),
    ADD COLUMN IF NOT EXISTS encoding  LowCardinality(String),
    ADD COLUMN IF NOT EXISTS columns   Array(String) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS around    Map(String, String) CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS authority LowCardinality(String),
    ADD COLUMN IF NOT EXISTS record    String,
    ADD COLUMN IF NOT EXISTS subject   String CODEC(ZSTD(1)),
    ADD COLUMN IF NOT EXISTS known     Int64;

CREATE TABLE IF NOT EXISTS reject_states
(
    realm  LowCardinality(String),
    feed   LowCardinality(String),
    id     String,
    state  LowCardinality(String),
    by     String,
    at     Int64,
    bytes  String
)
ENGINE = ReplacingMergeTree
ORDER BY (realm, feed, id)
SETTINGS non_replicated_deduplication_window = 10000;
