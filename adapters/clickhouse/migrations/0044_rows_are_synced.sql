-- What stands before a snapshot is never said again: its rows must outlive a power cut as the snapshot does.
ALTER TABLE observations MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;
ALTER TABLE risk MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;
ALTER TABLE shadow_risk MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;
ALTER TABLE enterprises MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;
ALTER TABLE cells MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;
ALTER TABLE warnings MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;
ALTER TABLE notices MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;
ALTER TABLE decisions MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;
ALTER TABLE rejects MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;
ALTER TABLE reject_states MODIFY SETTING fsync_after_insert = 1, fsync_part_directory = 1;
