-- A line of the log no longer carries the id, which is made of three of its fields.
ALTER TABLE observations MODIFY COLUMN id String DEFAULT concat(feed, '/', record, '/', part) CODEC(ZSTD(1));
