-- A row holds the batches of a shard from `first` to `position`; empty in rows from before, which hold one. In the key, so
-- that a row of a second delivery, which is cut differently, never stands in the place of one that holds more. One
-- statement, as a column may join the sorting key only while it is added.
ALTER TABLE archive
    ADD COLUMN IF NOT EXISTS first String AFTER position,
    MODIFY ORDER BY (realm, topic, shard, position, first);
