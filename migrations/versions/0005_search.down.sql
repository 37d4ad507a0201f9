DROP TRIGGER search_follow ON departments;
DROP FUNCTION follow_department_search();
DROP TRIGGER search_insert ON accounts;
DROP TRIGGER search_update ON accounts;
DROP TRIGGER search_delete ON accounts;
DROP FUNCTION follow_search();
DROP FUNCTION search_page(
    tsquery[], tsquery[], text[], text, tsquery, tsquery[], integer[], integer, bigint, integer, integer, text, integer);
DROP FUNCTION search_depth(tsquery[], tsquery[], text[], text, tsquery[], integer[], integer);
DROP FUNCTION search_anything(tsquery[]);
DROP FUNCTION search_part(
    tsquery[], text[], text, tsquery, tsquery, integer, integer, integer, integer, bigint, integer, integer, text,
    integer);
DROP FUNCTION search_tier(tsvector, text, tsquery[], text[]);
DROP FUNCTION search_facets(accounts, smallint);
DROP TABLE account_search, search_pending, search_readings, search_words;
DROP FUNCTION search_band(bigint, smallint, smallint);
DROP FUNCTION search_standing(text);
DROP FUNCTION search_reach(bigint);
DROP TRIGGER handles_insert ON accounts;
DROP TRIGGER handles_update ON accounts;
DROP TRIGGER handles_delete ON accounts;
DROP FUNCTION keep_handles();
CREATE TABLE account_names (
    account_id text COLLATE "C" NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    PRIMARY KEY (name_key, account_id)
);
CREATE INDEX account_names_account ON account_names (account_id);
COMMENT ON TABLE account_names IS 'Each folded name of each account, kept by trigger from accounts.name_keys.';
INSERT INTO account_names (account_id, name_key)
SELECT DISTINCT a.id, k.name_key FROM accounts AS a, unnest(a.name_keys) AS k (name_key);
-- A new handle opens an interval; a rename closes the old one at the time of the revision.
CREATE FUNCTION keep_names_and_handles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO account_names (account_id, name_key)
        SELECT DISTINCT n.id, k.name_key FROM new_rows AS n, unnest(n.name_keys) AS k (name_key);
        INSERT INTO handles (account_id, platform, handle, handle_key, valid_from)
        SELECT n.id, n.platform, n.handle, n.handle_key, r.released_at
          FROM new_rows AS n LEFT JOIN released_handles AS r USING (platform, handle_key)
         WHERE n.handle_key IS NOT NULL ORDER BY n.id;
        RETURN NULL;
    END IF;
    IF TG_OP = 'DELETE' THEN
        DELETE FROM account_names AS a USING old_rows AS o WHERE a.account_id = o.id;
        UPDATE handles AS h SET valid_to = r.at
          FROM old_rows AS o, revisions AS r
         WHERE h.account_id = o.id AND h.valid_to IS NULL AND r.revision = current_revision();
        RETURN NULL;
    END IF;
    DELETE FROM account_names AS a USING new_rows AS n JOIN old_rows AS o USING (id)
     WHERE a.account_id = n.id AND o.name_keys <> n.name_keys;
    INSERT INTO account_names (account_id, name_key)
    SELECT DISTINCT n.id, k.name_key
      FROM new_rows AS n JOIN old_rows AS o USING (id), unnest(n.name_keys) AS k (name_key)
     WHERE o.name_keys <> n.name_keys;
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
CREATE TRIGGER names_and_handles_insert AFTER INSERT ON accounts REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_names_and_handles();
CREATE TRIGGER names_and_handles_update AFTER UPDATE ON accounts
    REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_names_and_handles();
CREATE TRIGGER names_and_handles_delete AFTER DELETE ON accounts REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_names_and_handles();
