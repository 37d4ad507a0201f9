DROP TABLE snapshot_files;
DROP TABLE snapshots;
