DROP FUNCTION settle_handles(text[]);
-- A new handle opens an interval; a rename closes the old one at the time of the revision.
CREATE OR REPLACE FUNCTION keep_handles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO handles (account_id, platform, handle, handle_key, valid_from)
        SELECT n.id, n.platform, n.handle, n.handle_key, r.released_at
          FROM new_rows AS n LEFT JOIN released_handles AS r USING (platform, handle_key)
         WHERE n.handle_key IS NOT NULL ORDER BY n.id;
        RETURN NULL;
    END IF;
    IF TG_OP = 'DELETE' THEN
        UPDATE handles AS h SET valid_to = r.at
          FROM old_rows AS o, revisions AS r
         WHERE h.account_id = o.id AND h.valid_to IS NULL AND r.revision = current_revision();
        RETURN NULL;
    END IF;
    UPDATE handles AS h SET valid_to = n.updated_at
      FROM new_rows AS n JOIN old_rows AS o USING (id)
     WHERE h.account_id = n.id AND h.valid_to IS NULL AND o.handle_key IS DISTINCT FROM n.handle_key;
    INSERT INTO handles (account_id, platform, handle, handle_key, valid_from)
    SELECT n.id, n.platform, n.handle, n.handle_key,
           CASE WHEN o.handle_key IS NOT NULL THEN n.updated_at ELSE r.released_at END
      FROM new_rows AS n JOIN old_rows AS o USING (id)
      LEFT JOIN released_handles AS r ON r.platform = n.platform AND r.handle_key = n.handle_key
     WHERE n.handle_key IS NOT NULL AND o.handle_key IS DISTINCT FROM n.handle_key ORDER BY n.id;
    UPDATE handles AS h SET handle = n.handle
      FROM new_rows AS n JOIN old_rows AS o USING (id)
     WHERE h.account_id = n.id AND h.valid_to IS NULL AND o.handle_key = n.handle_key AND o.handle <> n.handle;
    RETURN NULL;
END $$;
DROP VIEW handle_quarantines;
DROP TABLE handle_clearances;
DELETE FROM handles WHERE valid_from = valid_to;
ALTER TABLE handles DROP COLUMN released_in, DROP CONSTRAINT handles_interval,
    ADD CONSTRAINT handles_check CHECK (valid_from < valid_to);
