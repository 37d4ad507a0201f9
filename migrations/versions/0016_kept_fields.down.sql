ALTER TABLE statements DROP COLUMN kept;
