-- Bitemporal: `recorded` is the sealed tick at which a point was said (core/risk.ts), and no revision is replaced by a later
-- one any more. Rows of before know only their newest revision and count as known from the beginning (recorded 0).
-- One statement, as a column may join the sorting key only while it is added.
ALTER TABLE risk
    ADD COLUMN IF NOT EXISTS recorded Int64 CODEC(Delta(8), ZSTD(1)),
    MODIFY ORDER BY (realm, enterprise, effective, recorded);
