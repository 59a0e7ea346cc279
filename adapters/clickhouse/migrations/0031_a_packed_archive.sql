-- How `bytes` is packed: `br` Brotli, empty for rows from before. Packed where the batch is at hand, it is a fifth of the
-- bytes that have to be sent, read, sorted and merged.
ALTER TABLE archive ADD COLUMN IF NOT EXISTS packing LowCardinality(String) DEFAULT '' AFTER hash;
