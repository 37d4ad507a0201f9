-- A list can be older than its import: what it no longer lists was listed until then.
ALTER TABLE revisions ADD COLUMN list_date timestamptz;
COMMENT ON COLUMN revisions.list_date IS 'Date of the list that was imported; NULL: that of the revision.';

-- A handle that its source replaced by another is no longer listed, although its account is.
ALTER TABLE handles ADD COLUMN withdrawn_by text COLLATE "C",
                    ADD COLUMN listed_from timestamptz,
                    ADD CONSTRAINT handles_withdrawn CHECK (withdrawn_by IS NULL OR valid_to IS NOT NULL);
COMMENT ON COLUMN handles.withdrawn_by IS 'The source that listed it last, and stopped when it was released; NULL: it was released otherwise.';
COMMENT ON COLUMN handles.listed_from IS 'Since when `withdrawn_by` listed it; NULL: not known.';

ALTER TABLE handle_states ADD COLUMN withdrawn_by text COLLATE "C",
                          ADD COLUMN listed_from timestamptz;

CREATE OR REPLACE FUNCTION record_handle_states() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM handle_states AS s USING old_rows AS o
         WHERE s.id = o.id AND s.from_revision = current_revision();
        UPDATE handle_states AS s SET to_revision = current_revision()
          FROM old_rows AS o WHERE s.id = o.id AND s.to_revision = infinite_revision();
    ELSIF TG_OP = 'DELETE' THEN
        DELETE FROM handle_states AS s USING old_rows AS o
         WHERE s.id = o.id AND s.from_revision = current_revision();
        UPDATE handle_states AS s SET to_revision = current_revision()
          FROM old_rows AS o WHERE s.id = o.id AND s.to_revision = infinite_revision();
        RETURN NULL;
    END IF;
    INSERT INTO handle_states (id, from_revision, released_in, valid_from, valid_to, account_id, platform,
                               handle_key, handle, withdrawn_by, listed_from)
    SELECT id, current_revision(), released_in, valid_from, valid_to, account_id, platform, handle_key, handle,
           withdrawn_by, listed_from
      FROM new_rows;
    RETURN NULL;
END $$;
