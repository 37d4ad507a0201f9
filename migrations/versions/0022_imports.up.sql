-- A statement that inserts many accounts or handles writes their documents itself, joined to departments and regions:
-- 4 us a row and not 33. Both ways call the functions below, which are inlined: they contain no subquery.

CREATE FUNCTION account_names_json(names jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_to_json(array_agg(row_to_json(n)))::text FROM jsonb_to_recordset(names) AS n (name text, language text)
$$;
COMMENT ON FUNCTION account_names_json(names jsonb) IS 'The names of an account as its document has them, which are not none.';

CREATE FUNCTION account_document_opening(
    id text, platform text, platform_user_id text, handle text, url text, name text, names jsonb, description text,
    department_id text, department_name text, department_type text, region_code text, region_name text,
    region_name_local text, subject text, status text, verification text, verification_method text,
    verification_checked_at timestamptz, verification_expires_at timestamptz, withdrawn_by text,
    listed_from timestamptz, listed_until timestamptz, followers bigint, followers_at timestamptz, opened_on date,
    closed_on date, last_post_at timestamptz, language text, tags text[], sources text[], replaced_by text
) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    -- Ids, codes and slugs are of characters that JSON does not escape.
    SELECT concat(
        '{"id":"', id, '","platform":"', platform,
        '","platform_user_id":', coalesce(to_json(platform_user_id)::text, 'null'),
        ',"handle":', coalesce(to_json(handle)::text, 'null'),
        ',"url":', coalesce(to_json(url)::text, 'null'),
        ',"name":', coalesce(to_json(name)::text, 'null'),
        ',"names":', CASE WHEN names = '[]' THEN '[]' ELSE account_names_json(names) END,
        ',"description":', coalesce(to_json(description)::text, 'null'),
        ',"department":', CASE
            WHEN department_id IS NOT NULL THEN concat(
                '{"id":"', department_id, '","name":', to_json(department_name)::text, ',"type":"', department_type, '"}')
            WHEN department_type IS NOT NULL THEN concat('{"id":null,"name":null,"type":"', department_type, '"}')
            ELSE 'null' END,
        ',"region":', CASE WHEN region_code IS NOT NULL THEN concat(
            '{"code":"', region_code, '","name":', to_json(region_name)::text,
            ',"name_local":', coalesce(to_json(region_name_local)::text, 'null'), '}') ELSE 'null' END,
        ',"subject":"', subject, '","status":"', status, '","verification":{"level":"', verification,
        '","method":', coalesce(to_json(verification_method)::text, 'null'),
        ',"checked_at":', coalesce(to_json(verification_checked_at)::text, 'null'),
        ',"expires_at":', coalesce(to_json(verification_expires_at)::text, 'null'),
        CASE WHEN withdrawn_by IS NOT NULL THEN concat(
            ',"withdrawn":{"source":', to_json(withdrawn_by)::text,
            ',"listed_from":', coalesce(to_json(listed_from)::text, 'null'),
            ',"listed_until":', coalesce(to_json(listed_until)::text, 'null'), '}') END,
        '},"followers":', CASE WHEN followers IS NOT NULL THEN concat(
            '{"count":', followers, ',"observed_at":', coalesce(to_json(followers_at)::text, 'null'), '}')
            ELSE 'null' END,
        ',"opened_on":', coalesce(to_json(opened_on)::text, 'null'),
        ',"closed_on":', coalesce(to_json(closed_on)::text, 'null'),
        ',"last_post_at":', coalesce(to_json(last_post_at)::text, 'null'),
        ',"language":', coalesce(to_json(language)::text, 'null'),
        ',"tags":', array_to_json(tags)::text, ',"sources":', array_to_json(sources)::text,
        ',"replaced_by":', coalesce(to_json(replaced_by)::text, 'null'),
        ',"links":{"self":"/v1/accounts/', id, '","history":"/v1/accounts/', id,
        '/history","followers":"/v1/accounts/', id, '/followers"}')
$$;
COMMENT ON FUNCTION account_document_opening IS
    'The public JSON of an account, without the end that document_end() adds. Times are in the time zone of the session.';

CREATE FUNCTION handle_document_opening(
    public_id text, account_id text, platform text, handle text, valid_from timestamptz, valid_to timestamptz
) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT concat('{"id":"', public_id, '","account":"', account_id, '","platform":"', platform,
                  '","handle":', to_json(handle)::text,
                  ',"valid_from":', coalesce(to_json(valid_from)::text, 'null'),
                  ',"valid_to":', coalesce(to_json(valid_to)::text, 'null'))
$$;
COMMENT ON FUNCTION handle_document_opening IS 'The JSON of a handle in the change feed, up to its revision.';

CREATE OR REPLACE FUNCTION build_account_document() RETURNS trigger LANGUAGE plpgsql SET timezone TO 'UTC' AS $$
DECLARE
    opening text;
    revised revisions;
    governing record;
    place record;
BEGIN
    SELECT id, name, type INTO governing FROM departments WHERE id = NEW.department_id;
    SELECT code, name, name_local, path INTO place FROM regions WHERE code = NEW.region_code;
    NEW.region_path := place.path;
    -- Of a body that is not known its type can be, as sources state it.
    IF governing.id IS NOT NULL THEN
        NEW.department_type := governing.type;
    END IF;
    opening := account_document_opening(
        NEW.id, NEW.platform, NEW.platform_user_id, NEW.handle, NEW.url, NEW.name, NEW.names, NEW.description,
        governing.id, governing.name, NEW.department_type, place.code, place.name, place.name_local, NEW.subject,
        NEW.status, NEW.verification, NEW.verification_method, NEW.verification_checked_at,
        NEW.verification_expires_at, NEW.withdrawn_by, NEW.listed_from, NEW.listed_until, NEW.followers,
        NEW.followers_at, NEW.opened_on, NEW.closed_on, NEW.last_post_at, NEW.language, NEW.tags, NEW.sources,
        NEW.replaced_by);
    IF TG_OP = 'UPDATE' AND starts_with(OLD.document, opening || ',"revision":') THEN
        RETURN NEW;
    END IF;
    SELECT * INTO revised FROM revisions WHERE revision = current_revision();
    NEW.revision := revised.revision;
    NEW.updated_at := revised.at;
    NEW.created_at := CASE TG_OP WHEN 'INSERT' THEN revised.at ELSE OLD.created_at END;
    NEW.document := opening || document_end(NEW.revision, NEW.created_at, NEW.updated_at);
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION build_handle_document() RETURNS trigger LANGUAGE plpgsql SET timezone TO 'UTC' AS $$
DECLARE
    opening text;
    holder record;
BEGIN
    SELECT department_id, region_path INTO holder FROM accounts WHERE id = NEW.account_id;
    -- Of an account that went the handle keeps where it belonged.
    IF FOUND THEN
        NEW.department_id := holder.department_id;
        NEW.region_path := holder.region_path;
    END IF;
    opening := handle_document_opening(
        NEW.public_id, NEW.account_id, NEW.platform, NEW.handle, NEW.valid_from, NEW.valid_to);
    IF TG_OP = 'UPDATE' AND starts_with(OLD.document, opening || ',"revision":') THEN
        RETURN NEW;
    END IF;
    NEW.revision := current_revision();
    NEW.document := opening || ',"revision":' || NEW.revision || '}';
    RETURN NEW;
END $$;

-- In UTC, as the documents are that it writes.
CREATE OR REPLACE FUNCTION update_handles() RETURNS trigger LANGUAGE plpgsql SET timezone TO 'UTC' AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO handles (account_id, platform, handle, handle_key, valid_from, public_id, department_id,
                             region_path, revision, document)
        SELECT h.account_id, h.platform, h.handle, h.handle_key, h.valid_from, h.public_id, h.department_id,
               h.region_path, h.revision,
               handle_document_opening(h.public_id, h.account_id, h.platform, h.handle, h.valid_from, NULL)
               || ',"revision":' || h.revision || '}'
          FROM (SELECT n.id AS account_id, n.platform, n.handle, n.handle_key, r.released_at AS valid_from,
                       new_id() AS public_id, n.department_id, n.region_path, current_revision() AS revision
                  FROM new_rows AS n LEFT JOIN released_handles AS r USING (platform, handle_key)
                 WHERE n.handle_key IS NOT NULL ORDER BY n.id
                -- Keeps the planner from inlining the subquery, which would draw several ids a row.
                OFFSET 0) AS h;
        RETURN NULL;
    END IF;
    IF TG_OP = 'DELETE' THEN
        UPDATE handles AS h SET (valid_to, released_in) = (r.at, r.revision)
          FROM old_rows AS o, revisions AS r
         WHERE h.account_id = o.id AND h.valid_to IS NULL AND r.revision = current_revision();
        RETURN NULL;
    END IF;
    UPDATE handles AS h SET (valid_to, released_in) = (n.updated_at, n.revision)
      FROM new_rows AS n JOIN old_rows AS o USING (id)
     WHERE h.account_id = n.id AND h.valid_to IS NULL AND o.handle_key IS DISTINCT FROM n.handle_key
       AND h.handle_key IS DISTINCT FROM n.handle_key;
    -- What was inherited in a merge is open already. An account that held a handle before begins the next one now.
    INSERT INTO handles (account_id, platform, handle, handle_key, valid_from)
    SELECT n.id, n.platform, n.handle, n.handle_key,
           CASE WHEN EXISTS (SELECT FROM handles AS h WHERE h.account_id = n.id) THEN n.updated_at
                ELSE r.released_at END
      FROM new_rows AS n JOIN old_rows AS o USING (id)
      LEFT JOIN released_handles AS r ON r.platform = n.platform AND r.handle_key = n.handle_key
     WHERE n.handle_key IS NOT NULL AND o.handle_key IS DISTINCT FROM n.handle_key
       AND NOT EXISTS (SELECT FROM handles AS h WHERE h.account_id = n.id AND h.valid_to IS NULL)
     ORDER BY n.id;
    UPDATE handles AS h SET handle = n.handle
      FROM new_rows AS n JOIN old_rows AS o USING (id)
     WHERE h.account_id = n.id AND h.valid_to IS NULL AND h.handle_key = n.handle_key AND h.handle <> n.handle;
    RETURN NULL;
END $$;

DROP TRIGGER build_document ON accounts;
CREATE TRIGGER build_document_insert BEFORE INSERT ON accounts
    FOR EACH ROW WHEN (NEW.document IS NULL) EXECUTE FUNCTION build_account_document();
CREATE TRIGGER build_document_update BEFORE UPDATE ON accounts
    FOR EACH ROW EXECUTE FUNCTION build_account_document();

DROP TRIGGER build_document ON handles;
CREATE TRIGGER build_document_insert BEFORE INSERT ON handles
    FOR EACH ROW WHEN (NEW.document IS NULL) EXECUTE FUNCTION build_handle_document();
CREATE TRIGGER build_document_update BEFORE UPDATE ON handles
    FOR EACH ROW EXECUTE FUNCTION build_handle_document();

-- Entries of a statement go to the index's pending list first and from there into the index, sorted and all at once.
ALTER INDEX versions_facets SET (fastupdate = on);

-- Its number comes from begin_revision() alone, and no revision is deleted: the check of each row costs 4 us.
ALTER TABLE versions DROP CONSTRAINT versions_revision_fkey;

CREATE OR REPLACE FUNCTION record_versions() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
DECLARE
    kind_name CONSTANT text := TG_ARGV[0];
    key_name CONSTANT text := TG_ARGV[1];
    -- Platform, department and path of the region of row %s.
    belongings CONSTANT text := CASE kind_name
        WHEN 'account' THEN '%1$s.platform, %1$s.department_id, %1$s.region_path'
        WHEN 'handle' THEN '%1$s.platform, %1$s.department_id, %1$s.region_path'
        WHEN 'department' THEN 'NULL::text, %1$s.id, %1$s.region_path'
        WHEN 'platform' THEN '%1$s.slug, NULL::text, NULL::text'
        WHEN 'region' THEN 'NULL::text, NULL::text, %1$s.path'
        ELSE 'NULL::text, NULL::text, NULL::text' END;
    before CONSTANT text := format(belongings, 'o');
    after CONSTANT text := format(belongings, 'n');
    changed_rows text;
    recorded bigint;
BEGIN
    -- Where nothing changed this selects no row, so current_revision() is not called and no revision is needed.
    changed_rows := CASE TG_OP
        WHEN 'INSERT' THEN format(
            'SELECT n.%1$I, ''create'', n.document, NULL::text, change_facets(%2$L, ''create'', %3$s), NULL::tsvector
               FROM new_rows AS n', key_name, kind_name, after)
        WHEN 'UPDATE' THEN format(
            'SELECT n.%1$I, ''update'', n.document, NULL::text, change_facets(%2$L, ''update'', %3$s),
                    CASE WHEN ROW (%3$s) IS DISTINCT FROM ROW (%4$s) THEN change_facets(%2$L, ''update'', %4$s) END
               FROM new_rows AS n JOIN old_rows AS o USING (%1$I)
              WHERE n.document IS DISTINCT FROM o.document', key_name, kind_name, after, before)
        ELSE format(
            'SELECT o.%1$I, went.action, NULL::text, t.successor_id, NULL::tsvector,
                    change_facets(%2$L, went.action, %3$s)
               FROM old_rows AS o LEFT JOIN tombstones AS t ON t.kind = %2$L AND t.id = o.%1$I,
                    LATERAL (SELECT CASE WHEN t.successor_id IS NULL THEN ''delete'' ELSE ''merge'' END AS action
                    ) AS went',
            key_name, kind_name, before)
        END;
    EXECUTE format(
        'INSERT INTO versions (revision, sequence, kind, id, action, record, replaced_by, facets, facets_before)
         SELECT current_revision(), (row_number() OVER (ORDER BY c.id))::integer + latest.sequence,
                %L, c.id, c.action, c.record, c.replaced_by, c.facets, c.facets_before
           FROM (%s) AS c (id, action, record, replaced_by, facets, facets_before),
                (SELECT coalesce(max(sequence), 0) AS sequence FROM versions
                  WHERE revision = nullif(current_setting(''directory.revision'', true), '''')::bigint) AS latest',
        kind_name, changed_rows);
    GET DIAGNOSTICS recorded = ROW_COUNT;
    -- The change feed reads the whole pending list, so no statement leaves one behind. An import into an empty registry
    -- drops the index until its end.
    IF recorded > 0 THEN
        PERFORM gin_clean_pending_list(c.oid) FROM pg_class AS c WHERE c.oid = to_regclass('versions_facets');
    END IF;
    RETURN NULL;
END $_$;
