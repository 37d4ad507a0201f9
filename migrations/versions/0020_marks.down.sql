ALTER TABLE revisions DROP COLUMN mark;
