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
                               handle_key, handle)
    SELECT id, current_revision(), released_in, valid_from, valid_to, account_id, platform, handle_key, handle
      FROM new_rows;
    RETURN NULL;
END $$;

ALTER TABLE handle_states DROP COLUMN withdrawn_by, DROP COLUMN listed_from;
ALTER TABLE handles DROP COLUMN withdrawn_by, DROP COLUMN listed_from;
ALTER TABLE revisions DROP COLUMN list_date;
