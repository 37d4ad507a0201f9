-- A registry that is restored from a backup, or fails over to a server that was behind, gives numbers once more that
-- it gave before. A mark tells such a revision from the one that went: drawn by lot, it is the same only in copies.
ALTER TABLE revisions ADD COLUMN mark text COLLATE "C" CHECK (mark ~ '^[0-9a-f]{12}$');
-- Those that are there get marks that follow from them, so that copies which are migrated one by one agree as far as
-- they are copies: no two histories have a revision of the same number and the same microsecond.
UPDATE revisions SET mark = left(encode(sha256(convert_to(concat_ws(
    E'\n', revision, extract(epoch FROM at), actor, reason, source), 'UTF8')), 'hex'), 12);
ALTER TABLE revisions
    ALTER COLUMN mark SET NOT NULL,
    ALTER COLUMN mark SET DEFAULT right(gen_random_uuid()::text, 12);
COMMENT ON COLUMN revisions.mark IS 'Tells the revision from another of its number: in a history that a restore took back.';
