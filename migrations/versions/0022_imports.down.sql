ALTER TABLE versions ADD CONSTRAINT versions_revision_fkey FOREIGN KEY (revision) REFERENCES revisions;

ALTER INDEX versions_facets SET (fastupdate = off);

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
    RETURN NULL;
END $_$;

DROP TRIGGER build_document_insert ON handles;
DROP TRIGGER build_document_update ON handles;
CREATE TRIGGER build_document BEFORE INSERT OR UPDATE ON handles
    FOR EACH ROW EXECUTE FUNCTION build_handle_document();

DROP TRIGGER build_document_insert ON accounts;
DROP TRIGGER build_document_update ON accounts;
CREATE TRIGGER build_document BEFORE INSERT OR UPDATE ON accounts
    FOR EACH ROW EXECUTE FUNCTION build_account_document();

CREATE OR REPLACE FUNCTION build_account_document() RETURNS trigger
    LANGUAGE plpgsql
    SET "TimeZone" TO 'UTC'
    AS $$
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
    SELECT left(row_to_json(d)::text, -1) INTO opening FROM (
        SELECT NEW.id, NEW.platform, NEW.platform_user_id, NEW.handle, NEW.url, NEW.name,
               CASE WHEN NEW.names = '[]' THEN json '[]' ELSE (SELECT array_to_json(array_agg(row_to_json(n)))
                    FROM jsonb_to_recordset(NEW.names) AS n (name text, language text)) END AS names,
               NEW.description,
               CASE WHEN governing.id IS NOT NULL THEN row_to_json(governing)
                    WHEN NEW.department_type IS NOT NULL THEN (SELECT row_to_json(u)
                    FROM (SELECT NULL::text AS id, NULL::text AS name, NEW.department_type AS type) AS u)
               END AS department,
               CASE WHEN place.code IS NOT NULL THEN (SELECT row_to_json(r)
                    FROM (SELECT place.code, place.name, place.name_local) AS r) END AS region,
               NEW.subject, NEW.status,
               CASE WHEN NEW.withdrawn_by IS NULL
                    THEN (SELECT row_to_json(v) FROM (
                          SELECT NEW.verification AS level, NEW.verification_method AS method,
                                 NEW.verification_checked_at AS checked_at,
                                 NEW.verification_expires_at AS expires_at) AS v)
                    ELSE (SELECT row_to_json(v) FROM (
                          SELECT NEW.verification AS level, NEW.verification_method AS method,
                                 NEW.verification_checked_at AS checked_at, NEW.verification_expires_at AS expires_at,
                                 (SELECT row_to_json(w) FROM (SELECT NEW.withdrawn_by AS source, NEW.listed_from,
                                         NEW.listed_until) AS w) AS withdrawn) AS v)
               END AS verification,
               CASE WHEN NEW.followers IS NOT NULL THEN (SELECT row_to_json(f)
                    FROM (SELECT NEW.followers AS count, NEW.followers_at AS observed_at) AS f) END AS followers,
               NEW.opened_on, NEW.closed_on, NEW.last_post_at, NEW.language, NEW.tags, NEW.sources, NEW.replaced_by,
               (SELECT row_to_json(l) FROM (SELECT '/v1/accounts/' || NEW.id AS self,
                       '/v1/accounts/' || NEW.id || '/history' AS history,
                       '/v1/accounts/' || NEW.id || '/followers' AS followers) AS l) AS links
    ) AS d;
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

CREATE OR REPLACE FUNCTION build_handle_document() RETURNS trigger
    LANGUAGE plpgsql
    SET "TimeZone" TO 'UTC'
    AS $$
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
    SELECT left(row_to_json(d)::text, -1) INTO opening FROM (
        SELECT NEW.public_id AS id, NEW.account_id AS account, NEW.platform, NEW.handle, NEW.valid_from, NEW.valid_to
    ) AS d;
    IF TG_OP = 'UPDATE' AND starts_with(OLD.document, opening || ',"revision":') THEN
        RETURN NEW;
    END IF;
    NEW.revision := current_revision();
    NEW.document := opening || ',"revision":' || NEW.revision || '}';
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION update_handles() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO handles (account_id, platform, handle, handle_key, valid_from)
        SELECT n.id, n.platform, n.handle, n.handle_key, r.released_at
          FROM new_rows AS n LEFT JOIN released_handles AS r USING (platform, handle_key)
         WHERE n.handle_key IS NOT NULL ORDER BY n.id;
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

DROP FUNCTION handle_document_opening;
DROP FUNCTION account_document_opening;
DROP FUNCTION account_names_json;
