-- The schema at head, to be read and never to be run: `make generate` writes it from the migrations.

CREATE FUNCTION public.attach_era(number integer) RETURNS void
    LANGUAGE plpgsql
    AS $_$
BEGIN
    EXECUTE format('ALTER TABLE account_states ATTACH PARTITION account_states_%1$s FOR VALUES IN (%1$s)', number);
    EXECUTE format('ANALYZE account_states_%s', number);
END $_$;

CREATE FUNCTION public.begin_count_base(of_revision bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
    counts bigint;
    tallies bigint;
BEGIN
    INSERT INTO account_count_steps
           (base, revision, step, country, division, platform, department_type, status, subject, verification, language)
    SELECT of_revision, of_revision, accounts,
           country, division, platform, department_type, status, subject, verification, language
      FROM account_counts WHERE accounts <> 0;
    GET DIAGNOSTICS counts = ROW_COUNT;
    INSERT INTO account_tally_steps (base, revision, step, dimension, value)
    SELECT of_revision, of_revision, accounts, dimension, value FROM account_tallies WHERE accounts <> 0;
    GET DIAGNOSTICS tallies = ROW_COUNT;
    INSERT INTO account_count_bases (base, size, steps) VALUES (of_revision, counts + tallies, 0);
END $$;

CREATE FUNCTION public.begin_era() RETURNS void
    LANGUAGE plpgsql
    SET enable_nestloop TO 'off'
    AS $_$
DECLARE
    this CONSTANT bigint := current_revision();
    latest account_eras;
    number integer;
    copied bigint;
BEGIN
    SELECT * INTO latest FROM account_eras ORDER BY era DESC LIMIT 1;
    number := latest.era + 1;
    PERFORM create_era(number);
    EXECUTE format($sql$
        INSERT INTO account_states_%1$s
               (era, sequence, revision, from_revision, followers, created_at, updated_at, opened_on, id, platform,
                platform_user_id, handle_key, name_key, department_id, department_type, region_path, country, division,
                subject, status, verification, language, tags, sources)
        SELECT %1$s, coalesce(v.sequence, s.sequence), a.revision, %2$s, a.followers, a.created_at, a.updated_at,
               a.opened_on, a.id, a.platform, a.platform_user_id, a.handle_key, a.name_key, a.department_id,
               a.department_type, a.region_path, a.country, a.division, a.subject, a.status, a.verification,
               a.language, a.tags, a.sources
          FROM accounts AS a
          LEFT JOIN (SELECT id, max(sequence) AS sequence FROM versions
                      WHERE revision = %2$s AND kind = 'account' GROUP BY id) AS v
            ON v.id = a.id AND a.revision = %2$s
          LEFT JOIN account_states_%3$s AS s ON s.id = a.id AND s.to_revision = never()$sql$,
        number, this, latest.era);
    GET DIAGNOSTICS copied = ROW_COUNT;
    PERFORM attach_era(number);
    -- Two in one revision: nobody ever asks for the first.
    IF latest.first_revision = this THEN
        EXECUTE format('DROP TABLE account_states_%s', latest.era);
        DELETE FROM account_eras WHERE era = latest.era;
    END IF;
    INSERT INTO account_eras (era, first_revision, accounts, written) VALUES (number, this, copied, 0);
END $_$;

CREATE FUNCTION public.begin_revision(by_actor text, for_reason text, from_source text DEFAULT NULL::text) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
DECLARE
    latest revisions;
    next_revision bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(7233192046137041780);
    SELECT * INTO latest FROM revisions ORDER BY revision DESC LIMIT 1;
    next_revision := coalesce(latest.revision, 0) + 1;
    INSERT INTO revisions (revision, at, actor, reason, source)
    VALUES (next_revision, greatest(clock_timestamp(), latest.at), by_actor, for_reason, from_source);
    PERFORM set_config('directory.revision', next_revision::text, true);
    PERFORM pg_notify('directory_revision', next_revision::text);
    RETURN next_revision;
END $$;

CREATE FUNCTION public.change_facets(kind text, action text, platform text, department_id text, region_path text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT array_to_tsvector(
        array_remove(ARRAY['k' || kind, 'a' || action, 'p' || platform, 'd' || department_id], NULL)
        -- Text alone and no subquery, so that the function is put in where it is called.
        || string_to_array('r' || replace(rtrim(region_path, '/'), '/', '/r'), '/'))
$$;

CREATE FUNCTION public.count_accounts() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
DECLARE
    change CONSTANT text := CASE TG_OP
        WHEN 'DELETE' THEN 'SELECT o.*, -1 AS step FROM old_rows AS o'
        ELSE 'SELECT n.*, 1 AS step FROM new_rows AS n UNION ALL SELECT o.*, -1 FROM old_rows AS o'
    END;
BEGIN
    -- Of new accounts all steps are up: one pass adds them. A step down would break the row's own CHECK
    -- before it met the row that it is taken from.
    IF TG_OP = 'INSERT' THEN
        INSERT INTO account_counts AS kept
               (country, division, platform, department_type, status, subject, verification, language, accounts)
        SELECT country, division, platform, department_type, status, subject, verification, language, count(*)
          FROM new_rows GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
        ON CONFLICT ON CONSTRAINT account_counts_dimensions DO UPDATE SET accounts = kept.accounts + excluded.accounts;
        INSERT INTO account_tallies AS kept (dimension, value, accounts)
        SELECT 'department', department_id, count(*) FROM new_rows WHERE department_id IS NOT NULL GROUP BY 2
         UNION ALL
        SELECT 'region', region_code, count(*) FROM new_rows WHERE region_code IS NOT NULL GROUP BY 2
         UNION ALL
        SELECT 'source', source, count(*) FROM new_rows, unnest(sources) AS source GROUP BY 2
         UNION ALL
        SELECT 'tag', tag, count(*) FROM new_rows, unnest(tags) AS tag GROUP BY 2
        ON CONFLICT (dimension, value) DO UPDATE SET accounts = kept.accounts + excluded.accounts;
        RETURN NULL;
    END IF;
    EXECUTE format($sql$
        INSERT INTO account_counts AS kept
               (country, division, platform, department_type, status, subject, verification, language, accounts)
        SELECT country, division, platform, department_type, status, subject, verification, language, 0
          FROM (%s) AS c GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 HAVING sum(step) <> 0
        ON CONFLICT ON CONSTRAINT account_counts_dimensions DO NOTHING$sql$, change);
    EXECUTE format($sql$
        UPDATE account_counts AS kept SET accounts = kept.accounts + c.step
          FROM (SELECT country, division, platform, department_type, status, subject, verification, language,
                       sum(step) AS step
                  FROM (%s) AS c GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 HAVING sum(step) <> 0) AS c
         WHERE (kept.platform, kept.status, kept.subject, kept.verification)
               = (c.platform, c.status, c.subject, c.verification)
           AND (kept.country, kept.division, kept.department_type, kept.language)
               IS NOT DISTINCT FROM (c.country, c.division, c.department_type, c.language)$sql$, change);
    DELETE FROM account_counts WHERE accounts = 0;
    EXECUTE format($sql$
        WITH step AS (
            SELECT v.dimension, v.value, sum(c.step) AS step
              FROM (%s) AS c, LATERAL (
                   SELECT 'department', c.department_id UNION ALL SELECT 'region', c.region_code
                   UNION ALL SELECT 'source', s FROM unnest(c.sources) AS s
                   UNION ALL SELECT 'tag', t FROM unnest(c.tags) AS t) AS v (dimension, value)
             WHERE v.value IS NOT NULL GROUP BY 1, 2 HAVING sum(c.step) <> 0
        ), made AS (
            INSERT INTO account_tallies (dimension, value, accounts)
            SELECT dimension, value, step FROM step WHERE step > 0
            ON CONFLICT (dimension, value) DO UPDATE SET accounts = account_tallies.accounts + excluded.accounts
        )
        UPDATE account_tallies AS kept SET accounts = kept.accounts + step.step FROM step
         WHERE step.step < 0 AND (kept.dimension, kept.value) = (step.dimension, step.value)$sql$, change);
    DELETE FROM account_tallies WHERE accounts = 0;
    RETURN NULL;
END $_$;

CREATE FUNCTION public.create_era(number integer) RETURNS void
    LANGUAGE plpgsql
    AS $_$
BEGIN
    -- Room in each page for the end of a state, which is written where it lies and touches no index.
    EXECUTE format('CREATE TABLE account_states_%1$s (LIKE account_states INCLUDING DEFAULTS, CHECK (era = %1$s))
                    WITH (fillfactor = 90)', number);
END $_$;

CREATE FUNCTION public.current_revision() RETURNS bigint
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    setting CONSTANT text := nullif(current_setting('directory.revision', true), '');
BEGIN
    IF setting IS NULL THEN
        RAISE EXCEPTION 'the registry is written only inside begin_revision(actor, reason)'
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    RETURN setting::bigint;
END $$;

CREATE FUNCTION public.document_account() RETURNS trigger
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

CREATE FUNCTION public.document_department() RETURNS trigger
    LANGUAGE plpgsql
    SET "TimeZone" TO 'UTC'
    AS $$
DECLARE
    opening text;
    revised revisions;
BEGIN
    NEW.region_path := (SELECT path FROM regions WHERE code = NEW.region_code);
    SELECT left(row_to_json(d)::text, -1) INTO opening FROM (
        SELECT NEW.id, NEW.name, NEW.type,
               (SELECT row_to_json(r) FROM (SELECT code, name, name_local FROM regions
                 WHERE code = NEW.region_code) AS r) AS region,
               (SELECT row_to_json(p) FROM (SELECT id, name, type FROM departments
                 WHERE id = NEW.parent_id) AS p) AS parent,
               NEW.website,
               (SELECT row_to_json(l) FROM (SELECT '/v1/departments/' || NEW.id AS self,
                       '/v1/accounts?department=' || NEW.id AS accounts) AS l) AS links
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

CREATE FUNCTION public.document_end(revision bigint, created_at timestamp with time zone, updated_at timestamp with time zone) RETURNS text
    LANGUAGE sql STABLE
    AS $$
    SELECT format(',"revision":%s,"created_at":%s,"updated_at":%s}', revision, to_json(created_at), to_json(updated_at))
$$;

CREATE FUNCTION public.document_handle() RETURNS trigger
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

CREATE FUNCTION public.document_platform() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    SELECT row_to_json(d)::text INTO NEW.document FROM (
        SELECT NEW.slug, NEW.name, NEW.name_local, NEW.language, NEW.country, NEW.website,
               NEW.aliases, NEW.hosts, NEW.url_forms, NEW.handle_pattern, NEW.user_id_pattern,
               NEW.case_sensitive, NEW.opened_on, NEW.closed_on,
               (SELECT row_to_json(l) FROM (SELECT '/v1/platforms/' || NEW.slug AS self,
                       '/v1/accounts?platform=' || NEW.slug AS accounts) AS l) AS links
    ) AS d;
    IF TG_OP = 'INSERT' OR NEW.document IS DISTINCT FROM OLD.document THEN
        NEW.revision := current_revision();
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION public.document_region() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.path := coalesce((SELECT path FROM regions WHERE code = NEW.parent_code), '') || NEW.code || '/';
    SELECT row_to_json(d)::text INTO NEW.document FROM (
        SELECT NEW.code, NEW.level, NEW.name, NEW.name_local, NEW.other_names, NEW.parent_code AS parent, NEW.aliases,
               to_json(string_to_array(rtrim(NEW.path, '/'), '/')) AS path,
               NEW.established_on, NEW.dissolved_on, NEW.replaced_by, NEW.source,
               (SELECT row_to_json(l) FROM (SELECT '/v1/regions/' || NEW.code AS self,
                       '/v1/accounts?region=' || NEW.code AS accounts,
                       '/v1/departments?region=' || NEW.code AS departments) AS l) AS links
    ) AS d;
    IF TG_OP = 'INSERT' OR NEW.document IS DISTINCT FROM OLD.document THEN
        NEW.revision := current_revision();
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION public.document_source() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    SELECT row_to_json(d)::text INTO NEW.document FROM (
        SELECT NEW.id, NEW.title, NEW.publisher, NEW.licence, NEW.origin, NEW.retrieved, NEW.note,
               (SELECT row_to_json(l) FROM (SELECT '/v1/sources/' || NEW.id AS self,
                       '/v1/accounts?source=' || NEW.id AS accounts) AS l) AS links
    ) AS d;
    IF TG_OP = 'INSERT' OR NEW.document IS DISTINCT FROM OLD.document THEN
        NEW.revision := current_revision();
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION public.encode_id(number bigint) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $$
DECLARE
    alphabet CONSTANT text := '0123456789bcdfghjkmnpqrstvwxz';
    rest bigint := (number * 387420489 + 104729) % 594823321;
    digit integer;
    total integer := 0;
    body text := '';
BEGIN
    IF number < 1 OR number > 594823320 THEN
        RAISE EXCEPTION 'id number % is outside 1 to 594823320', number;
    END IF;
    FOR place IN REVERSE 6..1 LOOP
        digit := (rest % 29)::integer;
        rest := rest / 29;
        body := substr(alphabet, digit + 1, 1) || body;
        total := total + place * digit;
    END LOOP;
    RETURN body || substr(alphabet, total % 29 + 1, 1);
END $$;

CREATE FUNCTION public.era_size() RETURNS bigint
    LANGUAGE sql STABLE
    AS $$
    SELECT coalesce(nullif(current_setting('directory.era_size', true), '')::bigint, 1024)
$$;

CREATE FUNCTION public.follow_department_search() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO search_pending (account_id)
    SELECT a.id FROM new_rows AS n JOIN old_rows AS o USING (id) JOIN accounts AS a ON a.department_id = n.id
     WHERE n.name <> o.name
        ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

CREATE FUNCTION public.follow_reference() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_TABLE_NAME = 'departments' THEN
        UPDATE accounts AS a SET department_id = a.department_id
          FROM new_rows AS n JOIN old_rows AS o USING (id)
         WHERE a.department_id = n.id AND (n.name, n.type) IS DISTINCT FROM (o.name, o.type);
        -- Statement triggers fire for no rows too: without this guard the next line would call itself for ever.
        IF EXISTS (SELECT FROM new_rows AS n JOIN old_rows AS o USING (id) JOIN departments AS d ON d.parent_id = n.id
                    WHERE (n.name, n.type) IS DISTINCT FROM (o.name, o.type)) THEN
            UPDATE departments AS d SET parent_id = d.parent_id
              FROM new_rows AS n JOIN old_rows AS o USING (id)
             WHERE d.parent_id = n.id AND (n.name, n.type) IS DISTINCT FROM (o.name, o.type);
        END IF;
    ELSE
        UPDATE accounts AS a SET region_code = a.region_code
          FROM new_rows AS n JOIN old_rows AS o USING (code)
         WHERE a.region_code = n.code
           AND (n.name, n.name_local, n.path) IS DISTINCT FROM (o.name, o.name_local, o.path);
        UPDATE departments AS d SET name = d.name
          FROM new_rows AS n JOIN old_rows AS o USING (code)
         WHERE d.region_code = n.code
           AND (n.name, n.name_local, n.path) IS DISTINCT FROM (o.name, o.name_local, o.path);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION public.follow_search() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        DELETE FROM account_search AS s USING old_rows AS o WHERE s.account_id = o.id;
        DELETE FROM search_pending AS p USING old_rows AS o WHERE p.account_id = o.id;
    ELSIF TG_OP = 'INSERT' THEN
        INSERT INTO search_pending (account_id) SELECT id FROM new_rows;
    ELSE
        INSERT INTO search_pending (account_id)
        SELECT n.id FROM new_rows AS n JOIN old_rows AS o USING (id)
         WHERE (n.handle, n.name, n.names, n.department_id) IS DISTINCT FROM (o.handle, o.name, o.names, o.department_id)
            ON CONFLICT DO NOTHING;
        UPDATE account_search AS s
           SET reach = search_reach(a.followers), standing = search_standing(a.status),
               facets = search_facets(a, search_band(search_reach(a.followers), search_standing(a.status), s.brevity))
          FROM new_rows AS n JOIN old_rows AS o USING (id) JOIN accounts AS a USING (id)
         WHERE s.account_id = n.id
           AND (n.followers, n.status, n.verification, n.subject, n.platform, n.department_type, n.region_path)
               IS DISTINCT FROM
               (o.followers, o.status, o.verification, o.subject, o.platform, o.department_type, o.region_path);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION public.identity_digest(kind text, platform text, key text) RETURNS bytea
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT sha256(convert_to(kind || chr(10) || platform || chr(10) || key, 'UTF8')) $$;

CREATE FUNCTION public.keep_count_steps() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
DECLARE
    change CONSTANT text := CASE TG_OP
        WHEN 'INSERT' THEN 'SELECT n.*, n.accounts AS step FROM new_rows AS n'
        WHEN 'DELETE' THEN 'SELECT o.*, -o.accounts AS step FROM old_rows AS o'
        ELSE 'SELECT n.*, n.accounts AS step FROM new_rows AS n UNION ALL SELECT o.*, -o.accounts FROM old_rows AS o'
    END;
    dimensions CONSTANT text := CASE TG_TABLE_NAME
        WHEN 'account_counts' THEN
            'country, division, platform, department_type, status, subject, verification, language'
        ELSE 'dimension, value' END;
    this CONSTANT bigint := nullif(current_setting('directory.revision', true), '')::bigint;
    latest account_count_bases;
    added bigint;
BEGIN
    SELECT * INTO latest FROM account_count_bases ORDER BY base DESC LIMIT 1;
    EXECUTE format('INSERT INTO %1$I (base, revision, step, %2$s)
                    SELECT %3$s, current_revision(), sum(step), %2$s FROM (%4$s) AS c
                     GROUP BY %2$s HAVING sum(step) <> 0',
                   CASE TG_TABLE_NAME WHEN 'account_counts' THEN 'account_count_steps' ELSE 'account_tally_steps' END,
                   dimensions, latest.base, change);
    GET DIAGNOSTICS added = ROW_COUNT;
    IF added = 0 THEN
        RETURN NULL;
    END IF;
    -- What its own revision adds to a base is part of it.
    IF latest.base = this THEN
        UPDATE account_count_bases SET size = size + added WHERE base = latest.base;
    ELSIF latest.steps + added > greatest(least(era_size(), 1024), latest.size / 2) THEN
        PERFORM begin_count_base(this);
    ELSE
        UPDATE account_count_bases SET steps = steps + added WHERE base = latest.base;
    END IF;
    RETURN NULL;
END $_$;

CREATE FUNCTION public.keep_handle_states() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        DELETE FROM handle_states AS s USING old_rows AS o
         WHERE s.id = o.id AND s.from_revision = current_revision();
        UPDATE handle_states AS s SET to_revision = current_revision()
          FROM old_rows AS o WHERE s.id = o.id AND s.to_revision = never();
    ELSIF TG_OP = 'DELETE' THEN
        DELETE FROM handle_states AS s USING old_rows AS o
         WHERE s.id = o.id AND s.from_revision = current_revision();
        UPDATE handle_states AS s SET to_revision = current_revision()
          FROM old_rows AS o WHERE s.id = o.id AND s.to_revision = never();
        RETURN NULL;
    END IF;
    INSERT INTO handle_states (id, from_revision, released_in, valid_from, valid_to, account_id, platform,
                               handle_key, handle)
    SELECT id, current_revision(), released_in, valid_from, valid_to, account_id, platform, handle_key, handle
      FROM new_rows;
    RETURN NULL;
END $$;

CREATE FUNCTION public.keep_handles() RETURNS trigger
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

CREATE FUNCTION public.keep_heirs() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_TABLE_NAME = 'tombstones' THEN
        INSERT INTO tombstone_heirs (kind, id, to_revision, heir_id)
        SELECT o.kind, o.id, current_revision(), o.heir_id FROM old_rows AS o JOIN new_rows AS n USING (kind, id)
         WHERE n.heir_id IS DISTINCT FROM o.heir_id
            ON CONFLICT DO NOTHING;
    ELSE
        INSERT INTO clearance_holders (platform, handle_key, revision, to_revision, account_id)
        SELECT o.platform, o.handle_key, o.revision, current_revision(), o.account_id
          FROM old_rows AS o JOIN new_rows AS n USING (platform, handle_key, revision)
         WHERE n.account_id IS DISTINCT FROM o.account_id
            ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION public.keep_search_states() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
DECLARE
    -- NULL where terms are cut anew without a change of the registry: then the new ones are those of all times.
    this CONSTANT bigint := nullif(current_setting('directory.revision', true), '')::bigint;
    replaced CONSTANT text := CASE TG_OP
        WHEN 'DELETE' THEN 'SELECT o.* FROM old_rows AS o'
        ELSE 'SELECT o.* FROM old_rows AS o JOIN new_rows AS n USING (account_id)
               WHERE (n.terms, n.look_alikes, n.texts, n.brevity) IS DISTINCT FROM
                     (o.terms, o.look_alikes, o.texts, o.brevity)' END;
BEGIN
    IF this IS NOT NULL THEN
        EXECUTE format('INSERT INTO search_states
                               (account_id, from_revision, to_revision, brevity, terms, look_alikes, texts)
                        SELECT r.account_id, coalesce(last.to_revision, 0), %1$s, r.brevity, r.terms, r.look_alikes,
                               r.texts
                          FROM (%2$s) AS r
                          LEFT JOIN LATERAL (SELECT max(s.to_revision) AS to_revision FROM search_states AS s
                                              WHERE s.account_id = r.account_id) AS last ON true
                         WHERE last.to_revision IS DISTINCT FROM %1$s', this, replaced);
    END IF;
    RETURN NULL;
END $_$;

CREATE FUNCTION public.keep_states() RETURNS trigger
    LANGUAGE plpgsql
    AS $_$
DECLARE
    -- Also what is sorted and filtered by without being shown is a change.
    changed_rows CONSTANT text := CASE TG_OP
        WHEN 'INSERT' THEN 'SELECT n.* FROM new_rows AS n'
        WHEN 'UPDATE' THEN 'SELECT n.* FROM new_rows AS n JOIN old_rows AS o USING (id)
                             WHERE n.document <> o.document OR (n.handle_key, n.name_key, n.region_path)
                                   IS DISTINCT FROM (o.handle_key, o.name_key, o.region_path)'
        ELSE 'SELECT o.* FROM old_rows AS o' END;
    this bigint;
    latest account_eras;
    changed bigint;
    now_there bigint;
BEGIN
    EXECUTE format('SELECT count(*) FROM (%s) AS c', changed_rows) INTO changed;
    IF changed = 0 THEN
        RETURN NULL;
    END IF;
    this := current_revision();
    SELECT * INTO latest FROM account_eras ORDER BY era DESC LIMIT 1;
    now_there := latest.accounts + CASE TG_OP WHEN 'INSERT' THEN changed WHEN 'DELETE' THEN -changed ELSE 0 END;
    -- What would end the era is not written into it: a copy of all accounts costs less than as many entries.
    IF latest.written + changed >= greatest(era_size(), now_there) THEN
        PERFORM begin_era();
        RETURN NULL;
    END IF;
    UPDATE account_eras SET accounts = now_there, written = written + changed WHERE era = latest.era;
    IF TG_OP <> 'INSERT' THEN
        -- What began in this very revision was never to be seen.
        EXECUTE format('DELETE FROM account_states_%s AS s USING (%s) AS c
                         WHERE s.id = c.id AND s.from_revision = %s AND s.to_revision = never()',
                       latest.era, changed_rows, this);
        EXECUTE format('UPDATE account_states_%1$s AS s SET to_revision = %3$s FROM (%2$s) AS c
                         WHERE s.id = c.id AND s.to_revision = never()', latest.era, changed_rows, this);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        EXECUTE format($sql$
            INSERT INTO account_states_%1$s
                   (era, sequence, revision, from_revision, followers, created_at, updated_at, opened_on, id, platform,
                    platform_user_id, handle_key, name_key, department_id, department_type, region_path, country,
                    division, subject, status, verification, language, tags, sources)
            SELECT %1$s, (SELECT max(v.sequence) FROM versions AS v
                           WHERE v.kind = 'account' AND v.id = c.id AND v.revision = c.revision),
                   revision, %2$s, followers, created_at, updated_at, opened_on, id, platform,
                   platform_user_id, handle_key, name_key, department_id, department_type, region_path, country,
                   division, subject, status, verification, language, tags, sources
              FROM (%3$s) AS c$sql$, latest.era, this, changed_rows);
    END IF;
    RETURN NULL;
END $_$;

CREATE FUNCTION public.never() RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT 9223372036854775807 $$;

CREATE FUNCTION public.new_id() RETURNS text
    LANGUAGE sql
    AS $$ SELECT encode_id(nextval('id_numbers')) $$;

CREATE FUNCTION public.record_versions() RETURNS trigger
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
    -- Nothing changed, so nothing is recorded, and no revision is asked for.
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
            'SELECT o.%1$I, went.action, NULL::text, t.heir_id, NULL::tsvector,
                    change_facets(%2$L, went.action, %3$s)
               FROM old_rows AS o LEFT JOIN tombstones AS t ON t.kind = %2$L AND t.id = o.%1$I,
                    LATERAL (SELECT CASE WHEN t.heir_id IS NULL THEN ''delete'' ELSE ''merge'' END AS action) AS went',
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

CREATE FUNCTION public.search_anything(tiers tsquery[]) RETURNS tsquery
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT string_agg(format('(%s)', tier), '|')::tsquery FROM unnest(tiers) AS tier WHERE tier IS NOT NULL
$$;

CREATE FUNCTION public.search_band(reach bigint, standing smallint, brevity smallint) RETURNS smallint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT (CASE WHEN reach >= 0 THEN 100 + least(floor(log(2, reach + 1)), 43)
            ELSE (4 - standing) * 20 + 19 - least(brevity / 2, 19) END)::smallint
$$;

CREATE TABLE public.accounts (
    id text DEFAULT public.new_id() NOT NULL COLLATE pg_catalog."C",
    platform text NOT NULL COLLATE pg_catalog."C",
    platform_user_id text COLLATE pg_catalog."C",
    handle text,
    handle_key text COLLATE pg_catalog."C",
    url text,
    name text,
    name_key text COLLATE pg_catalog."C",
    names jsonb DEFAULT '[]'::jsonb NOT NULL,
    name_keys text[] DEFAULT '{}'::text[] NOT NULL COLLATE pg_catalog."C",
    description text,
    department_id text COLLATE pg_catalog."C",
    department_type text COLLATE pg_catalog."C",
    region_code text COLLATE pg_catalog."C",
    region_path text COLLATE pg_catalog."C",
    country text GENERATED ALWAYS AS (NULLIF(split_part(region_path, '/'::text, 1), ''::text)) STORED COLLATE pg_catalog."C",
    division text GENERATED ALWAYS AS (NULLIF(split_part(region_path, '/'::text, 2), ''::text)) STORED COLLATE pg_catalog."C",
    subject text DEFAULT 'body'::text NOT NULL COLLATE pg_catalog."C",
    status text DEFAULT 'unknown'::text NOT NULL COLLATE pg_catalog."C",
    verification text DEFAULT 'none'::text NOT NULL COLLATE pg_catalog."C",
    verification_method text,
    verification_checked_at timestamp with time zone,
    verification_expires_at timestamp with time zone,
    followers bigint,
    followers_at timestamp with time zone,
    last_post_at timestamp with time zone,
    opened_on date,
    closed_on date,
    language text COLLATE pg_catalog."C",
    tags text[] DEFAULT '{}'::text[] NOT NULL COLLATE pg_catalog."C",
    sources text[] DEFAULT '{}'::text[] NOT NULL COLLATE pg_catalog."C",
    replaced_by text COLLATE pg_catalog."C",
    document text NOT NULL,
    revision bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    withdrawn_by text COLLATE pg_catalog."C",
    listed_from timestamp with time zone,
    listed_until timestamp with time zone,
    CONSTRAINT accounts_check CHECK ((replaced_by <> id)),
    CONSTRAINT accounts_dates CHECK ((closed_on >= opened_on)),
    CONSTRAINT accounts_description_check CHECK ((length(description) <= 5000)),
    CONSTRAINT accounts_followers_at CHECK (((followers IS NULL) = (followers_at IS NULL))),
    CONSTRAINT accounts_followers_check CHECK ((followers >= 0)),
    CONSTRAINT accounts_handle_check CHECK (((handle <> ''::text) AND (length(handle) <= 320))),
    CONSTRAINT accounts_handle_key CHECK (((handle IS NULL) = (handle_key IS NULL))),
    CONSTRAINT accounts_handle_key_check CHECK ((handle_key <> ''::text)),
    CONSTRAINT accounts_id_check CHECK ((id ~ '^[0-9b-z]{7}$'::text)),
    CONSTRAINT accounts_identity CHECK (((platform_user_id IS NOT NULL) OR (handle IS NOT NULL))),
    CONSTRAINT accounts_language_check CHECK ((language ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$'::text)),
    CONSTRAINT accounts_name_check CHECK (((name <> ''::text) AND (length(name) <= 500))),
    CONSTRAINT accounts_names_check CHECK ((jsonb_typeof(names) = 'array'::text)),
    CONSTRAINT accounts_platform_user_id_check CHECK (((platform_user_id <> ''::text) AND (length(platform_user_id) <= 320))),
    CONSTRAINT accounts_status_check CHECK ((status = ANY (ARRAY['active'::text, 'dormant'::text, 'suspended'::text, 'closed'::text, 'unknown'::text]))),
    CONSTRAINT accounts_subject_check CHECK ((subject = ANY (ARRAY['body'::text, 'person'::text]))),
    CONSTRAINT accounts_verification_check CHECK ((verification = ANY (ARRAY['platform'::text, 'registry'::text, 'source'::text, 'none'::text]))),
    CONSTRAINT accounts_withdrawn CHECK ((((withdrawn_by IS NULL) = (listed_until IS NULL)) AND ((withdrawn_by IS NOT NULL) OR (listed_from IS NULL))))
);
ALTER TABLE ONLY public.accounts ALTER COLUMN document SET STATISTICS 0;

COMMENT ON COLUMN public.accounts.withdrawn_by IS 'The source that listed it last and no longer does; NULL else.';

CREATE FUNCTION public.search_facets(account public.accounts, band smallint) RETURNS tsvector
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT array_to_tsvector(
        ARRAY['p' || (account).platform, 's' || (account).status, 'v' || (account).verification,
              'u' || (account).subject, 'b' || band, 'g' || band / 8]
        || CASE WHEN (account).department_type IS NULL THEN '{}' ELSE ARRAY['t' || (account).department_type] END
        || CASE WHEN (account).region_path IS NULL THEN '{}' ELSE ARRAY(
               SELECT 'r' || code FROM unnest(string_to_array(rtrim((account).region_path, '/'), '/')) AS code) END)
$$;

CREATE FUNCTION public.search_page(tiers tsquery[], narrow tsquery[], checks text[], never text, among tsquery, firsts integer[], walked boolean[], chunks tsquery[], floors integer[], after_tier integer, after_reach bigint, after_standing integer, after_brevity integer, after_id text, most integer) RETURNS TABLE(account_id text, tier integer, reach bigint, standing smallint, brevity smallint)
    LANGUAGE plpgsql STABLE ROWS 25
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    AS $$
#variable_conflict use_column
DECLARE
    missing integer := most;
    given integer;
    low integer;
    high integer;
    wanted tsquery;
    facet tsquery;
    ceiling integer;
    after_band CONSTANT integer := search_band(after_reach, after_standing::smallint, after_brevity::smallint);
BEGIN
    FOR step IN 1 .. cardinality(firsts) LOOP
        low := firsts[step];
        high := coalesce(firsts[step + 1], cardinality(tiers)) - 1;
        CONTINUE WHEN high < after_tier;
        wanted := search_anything(narrow[low + 1 : high + 1]);
        CONTINUE WHEN wanted IS NULL;
        ceiling := 1000;
        FOR place IN 1 .. CASE WHEN walked[step] THEN cardinality(floors) ELSE 1 END LOOP
            facet := among;
            IF walked[step] THEN
                -- A walked group is of one tier: bands above the place where this page begins have been read.
                IF low = after_tier AND after_band < floors[place] THEN
                    ceiling := floors[place];
                    CONTINUE;
                END IF;
                facet := coalesce(chunks[place] && among, chunks[place], among);
            END IF;
            IF facet IS NULL THEN
                RETURN QUERY
                SELECT found.* FROM (
                    SELECT s.account_id, search_tier(s.terms, s.texts, tiers, checks) AS tier,
                           s.reach, s.standing, s.brevity
                      FROM account_search AS s
                     WHERE s.terms @@ wanted AND s.band < ceiling AND (never IS NULL OR s.texts !~ never)
                    -- So that the tier is told once, and not wherever it is named.
                    OFFSET 0) AS found
                 WHERE tier BETWEEN low AND high
                   AND (after_tier IS NULL OR tier > after_tier
                        OR (tier = after_tier AND (-reach, standing, brevity, account_id)
                                                  > (-after_reach, after_standing, after_brevity, after_id)))
                 ORDER BY tier, reach DESC, standing, brevity, account_id LIMIT missing;
            ELSE
                RETURN QUERY
                SELECT found.* FROM (
                    SELECT s.account_id, search_tier(s.terms, s.texts, tiers, checks) AS tier,
                           s.reach, s.standing, s.brevity
                      FROM account_search AS s
                     WHERE s.terms @@ wanted AND s.facets @@ facet AND s.band < ceiling
                       AND (never IS NULL OR s.texts !~ never)
                    OFFSET 0) AS found
                 WHERE tier BETWEEN low AND high
                   AND (after_tier IS NULL OR tier > after_tier
                        OR (tier = after_tier AND (-reach, standing, brevity, account_id)
                                                  > (-after_reach, after_standing, after_brevity, after_id)))
                 ORDER BY tier, reach DESC, standing, brevity, account_id LIMIT missing;
            END IF;
            GET DIAGNOSTICS given = ROW_COUNT;
            missing := missing - given;
            IF missing <= 0 THEN
                RETURN;
            END IF;
            ceiling := coalesce(floors[place], 0);
        END LOOP;
    END LOOP;
END $$;

CREATE FUNCTION public.search_reach(followers bigint) RETURNS bigint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT coalesce(followers, -1) $$;

CREATE FUNCTION public.search_standing(status text) RETURNS smallint
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT (CASE status WHEN 'active' THEN 0 WHEN 'unknown' THEN 1 WHEN 'dormant' THEN 2 WHEN 'suspended' THEN 3
            ELSE 4 END)::smallint
$$;

CREATE FUNCTION public.search_tier(terms tsvector, texts text, tiers tsquery[], checks text[]) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$
    SELECT CASE WHEN terms @@ tiers[1] AND (checks[1] IS NULL OR texts ~ checks[1]) THEN 0
                WHEN terms @@ tiers[2] AND (checks[2] IS NULL OR texts ~ checks[2]) THEN 1
                WHEN terms @@ tiers[3] AND (checks[3] IS NULL OR texts ~ checks[3]) THEN 2
                WHEN terms @@ tiers[4] AND (checks[4] IS NULL OR texts ~ checks[4]) THEN 3
                WHEN terms @@ tiers[5] AND (checks[5] IS NULL OR texts ~ checks[5]) THEN 4
                WHEN terms @@ tiers[6] AND (checks[6] IS NULL OR texts ~ checks[6]) THEN 5
                WHEN terms @@ tiers[7] AND (checks[7] IS NULL OR texts ~ checks[7]) THEN 6
                WHEN terms @@ tiers[8] AND (checks[8] IS NULL OR texts ~ checks[8]) THEN 7 END
$$;

CREATE FUNCTION public.settle_handles(ids text[]) RETURNS void
    LANGUAGE sql
    AS $$
    WITH held AS (
        SELECT h.*, (h.valid_from = lag(h.valid_to) OVER life) IS TRUE AS goes_on
          FROM handles AS h WHERE h.account_id = ANY (ids)
        WINDOW life AS (PARTITION BY h.account_id, h.handle_key
                        ORDER BY h.valid_to NULLS LAST, h.valid_from NULLS FIRST, h.id)
    ), numbered AS (
        SELECT held.*, count(*) FILTER (WHERE NOT goes_on) OVER (
                   PARTITION BY account_id, handle_key ORDER BY valid_to NULLS LAST, valid_from NULLS FIRST, id
               ) AS spell
          FROM held
    ), spell AS (
        SELECT (array_agg(id ORDER BY valid_to DESC NULLS FIRST, valid_from DESC NULLS LAST, id DESC))[1] AS kept,
               (array_agg(public_id ORDER BY valid_to DESC NULLS FIRST, valid_from DESC NULLS LAST, id DESC))[1]
                   AS known_as,
               (array_agg(valid_from ORDER BY valid_to NULLS LAST, valid_from NULLS FIRST, id))[1] AS valid_from,
               array_agg(id) AS members
          FROM numbered GROUP BY account_id, handle_key, spell HAVING count(*) > 1
    ), gone AS (
        DELETE FROM handles AS h USING spell AS s WHERE h.id = ANY (s.members) AND h.id <> s.kept
        RETURNING h.public_id, s.known_as
    ), remembered AS (
        INSERT INTO tombstones (kind, id, heir_id, revision)
        SELECT 'handle', public_id, known_as, current_revision() FROM gone
    )
    UPDATE handles AS h SET valid_from = s.valid_from FROM spell AS s WHERE h.id = s.kept;

    UPDATE handles AS h SET valid_from = o.earlier
      FROM (SELECT id, lag(valid_to) OVER (
                       PARTITION BY account_id ORDER BY valid_to NULLS LAST, valid_from NULLS FIRST, id) AS earlier
              FROM handles WHERE account_id = ANY (ids)) AS o
     WHERE h.id = o.id AND o.earlier > coalesce(h.valid_from, '-infinity');
$$;

CREATE TABLE public.account_count_bases (
    base bigint NOT NULL,
    size bigint NOT NULL,
    steps bigint NOT NULL
);

COMMENT ON TABLE public.account_count_bases IS 'The revisions at which the kept counts were copied.';

CREATE TABLE public.account_count_steps (
    base bigint NOT NULL,
    revision bigint NOT NULL,
    step bigint NOT NULL,
    country text COLLATE pg_catalog."C",
    division text COLLATE pg_catalog."C",
    platform text NOT NULL COLLATE pg_catalog."C",
    department_type text COLLATE pg_catalog."C",
    status text NOT NULL COLLATE pg_catalog."C",
    subject text NOT NULL COLLATE pg_catalog."C",
    verification text NOT NULL COLLATE pg_catalog."C",
    language text COLLATE pg_catalog."C"
);

COMMENT ON TABLE public.account_count_steps IS 'By how much account_counts changed in each revision since a base.';

CREATE TABLE public.account_counts (
    country text COLLATE pg_catalog."C",
    division text COLLATE pg_catalog."C",
    platform text NOT NULL COLLATE pg_catalog."C",
    department_type text COLLATE pg_catalog."C",
    status text NOT NULL COLLATE pg_catalog."C",
    subject text NOT NULL COLLATE pg_catalog."C",
    verification text NOT NULL COLLATE pg_catalog."C",
    language text COLLATE pg_catalog."C",
    accounts bigint NOT NULL,
    CONSTRAINT account_counts_accounts_check CHECK ((accounts >= 0))
);

CREATE TABLE public.account_eras (
    era integer NOT NULL,
    first_revision bigint NOT NULL,
    accounts bigint NOT NULL,
    written bigint NOT NULL
);

COMMENT ON TABLE public.account_eras IS 'Stretches of revisions, each to the first of the next; states are kept by era.';

CREATE TABLE public.account_search (
    account_id text NOT NULL COLLATE pg_catalog."C",
    terms tsvector NOT NULL,
    facets tsvector NOT NULL,
    look_alikes text[] NOT NULL COLLATE pg_catalog."C",
    texts text NOT NULL,
    reach bigint NOT NULL,
    standing smallint NOT NULL,
    brevity smallint NOT NULL,
    band smallint GENERATED ALWAYS AS (public.search_band(reach, standing, brevity)) STORED NOT NULL
);
ALTER TABLE ONLY public.account_search ALTER COLUMN terms SET STATISTICS 1000;
ALTER TABLE ONLY public.account_search ALTER COLUMN facets SET STATISTICS 0;
ALTER TABLE ONLY public.account_search ALTER COLUMN look_alikes SET STATISTICS 0;
ALTER TABLE ONLY public.account_search ALTER COLUMN texts SET STATISTICS 0;
ALTER TABLE ONLY public.account_search ALTER COLUMN band SET STATISTICS 144;

COMMENT ON TABLE public.account_search IS 'The terms under which each account is found, cut anew when its names change.';

CREATE TABLE public.account_states (
    era integer NOT NULL,
    sequence integer NOT NULL,
    revision bigint NOT NULL,
    from_revision bigint NOT NULL,
    to_revision bigint DEFAULT '9223372036854775807'::bigint NOT NULL,
    followers bigint,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    opened_on date,
    id text NOT NULL COLLATE pg_catalog."C",
    platform text NOT NULL COLLATE pg_catalog."C",
    platform_user_id text COLLATE pg_catalog."C",
    handle_key text COLLATE pg_catalog."C",
    name_key text COLLATE pg_catalog."C",
    department_id text COLLATE pg_catalog."C",
    department_type text COLLATE pg_catalog."C",
    region_path text COLLATE pg_catalog."C",
    country text COLLATE pg_catalog."C",
    division text COLLATE pg_catalog."C",
    subject text NOT NULL COLLATE pg_catalog."C",
    status text NOT NULL COLLATE pg_catalog."C",
    verification text NOT NULL COLLATE pg_catalog."C",
    language text COLLATE pg_catalog."C",
    tags text[] NOT NULL COLLATE pg_catalog."C",
    sources text[] NOT NULL COLLATE pg_catalog."C"
)
PARTITION BY LIST (era);

COMMENT ON TABLE public.account_states IS 'What accounts were filtered and sorted by, and in which revisions; kept by trigger.';

CREATE TABLE public.account_tallies (
    dimension text NOT NULL COLLATE pg_catalog."C",
    value text NOT NULL COLLATE pg_catalog."C",
    accounts bigint NOT NULL,
    CONSTRAINT account_tallies_accounts_check CHECK ((accounts >= 0)),
    CONSTRAINT account_tallies_dimension_check CHECK ((dimension = ANY (ARRAY['department'::text, 'region'::text, 'source'::text, 'tag'::text])))
);

CREATE TABLE public.account_tally_steps (
    base bigint NOT NULL,
    revision bigint NOT NULL,
    step bigint NOT NULL,
    dimension text NOT NULL COLLATE pg_catalog."C",
    value text NOT NULL COLLATE pg_catalog."C"
);

COMMENT ON TABLE public.account_tally_steps IS 'By how much account_tallies changed in each revision since a base.';

CREATE TABLE public.clearance_holders (
    platform text NOT NULL COLLATE pg_catalog."C",
    handle_key text NOT NULL COLLATE pg_catalog."C",
    revision bigint NOT NULL,
    to_revision bigint NOT NULL,
    account_id text COLLATE pg_catalog."C"
);

COMMENT ON TABLE public.clearance_holders IS 'For whom handles were cleared before these accounts were merged into others.';

CREATE TABLE public.department_types (
    slug text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL,
    name_zh text NOT NULL,
    cofog text NOT NULL,
    "position" integer NOT NULL,
    CONSTRAINT department_types_cofog_check CHECK ((cofog ~ '^(0[1-9]|10)$'::text)),
    CONSTRAINT department_types_slug_check CHECK ((slug ~ '^[a-z][a-z-]{0,30}$'::text))
);

CREATE TABLE public.departments (
    id text DEFAULT public.new_id() NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL,
    name_key text NOT NULL COLLATE pg_catalog."C",
    type text NOT NULL COLLATE pg_catalog."C",
    region_code text COLLATE pg_catalog."C",
    region_path text COLLATE pg_catalog."C",
    parent_id text COLLATE pg_catalog."C",
    website text,
    document text NOT NULL,
    revision bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT departments_check CHECK ((parent_id <> id)),
    CONSTRAINT departments_id_check CHECK ((id ~ '^[0-9b-z]{7}$'::text)),
    CONSTRAINT departments_name_check CHECK (((name <> ''::text) AND (length(name) <= 500))),
    CONSTRAINT departments_name_key_check CHECK ((name_key <> ''::text))
);

CREATE TABLE public.handle_clearances (
    platform text NOT NULL COLLATE pg_catalog."C",
    handle_key text NOT NULL COLLATE pg_catalog."C",
    account_id text COLLATE pg_catalog."C",
    revision bigint DEFAULT public.current_revision() NOT NULL
);

COMMENT ON TABLE public.handle_clearances IS 'Released handles that an operator has cleared for use by others: releases up to that revision hold nobody off.';

CREATE TABLE public.handles (
    id bigint NOT NULL,
    account_id text NOT NULL COLLATE pg_catalog."C",
    platform text NOT NULL COLLATE pg_catalog."C",
    handle text NOT NULL,
    handle_key text NOT NULL COLLATE pg_catalog."C",
    valid_from timestamp with time zone,
    valid_to timestamp with time zone,
    released_in bigint,
    public_id text DEFAULT public.new_id() NOT NULL COLLATE pg_catalog."C",
    department_id text COLLATE pg_catalog."C",
    region_path text COLLATE pg_catalog."C",
    revision bigint NOT NULL,
    document text NOT NULL,
    CONSTRAINT handles_interval CHECK ((valid_from <= valid_to)),
    CONSTRAINT handles_public_id_check CHECK ((public_id ~ '^[0-9b-z]{7}$'::text)),
    CONSTRAINT handles_released_in CHECK (((valid_to IS NULL) = (released_in IS NULL)))
);
ALTER TABLE ONLY public.handles ALTER COLUMN document SET STATISTICS 0;

COMMENT ON TABLE public.handles IS 'Every handle an account holds or held, kept by trigger from accounts.handle; it outlives a deleted account.';

CREATE VIEW public.handle_quarantines AS
 SELECT platform,
    handle_key,
    handle,
    account_id AS released_by,
    valid_to AS released_at,
    ARRAY( SELECT c.account_id
           FROM public.handle_clearances c
          WHERE (((c.platform = h.platform) AND (c.handle_key = h.handle_key)) AND (c.revision > h.released_in) AND (c.account_id IS NOT NULL))) AS cleared_for
   FROM public.handles h
  WHERE ((valid_to IS NOT NULL) AND (NOT (EXISTS ( SELECT
           FROM public.handle_clearances c
          WHERE (((c.platform = h.platform) AND (c.handle_key = h.handle_key)) AND (c.revision > h.released_in) AND (c.account_id IS NULL))))));

COMMENT ON VIEW public.handle_quarantines IS 'Releases that hold others off: a handle is quarantined for every account but `released_by` and `cleared_for`.';

CREATE TABLE public.handle_states (
    id bigint NOT NULL,
    from_revision bigint NOT NULL,
    to_revision bigint DEFAULT '9223372036854775807'::bigint NOT NULL,
    released_in bigint,
    valid_from timestamp with time zone,
    valid_to timestamp with time zone,
    account_id text NOT NULL COLLATE pg_catalog."C",
    platform text NOT NULL COLLATE pg_catalog."C",
    handle_key text NOT NULL COLLATE pg_catalog."C",
    handle text NOT NULL
)
WITH (fillfactor='90');

COMMENT ON TABLE public.handle_states IS 'What `handles` said, and in which revisions; kept by trigger.';

ALTER TABLE public.handles ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.handles_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE SEQUENCE public.id_numbers
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    MAXVALUE 594823320
    CACHE 1;

CREATE TABLE public.observations (
    account_id text NOT NULL COLLATE pg_catalog."C",
    observed_at timestamp with time zone NOT NULL,
    source text NOT NULL COLLATE pg_catalog."C",
    followers bigint,
    posts bigint,
    last_post_at timestamp with time zone,
    CONSTRAINT observations_followers_check CHECK ((followers >= 0)),
    CONSTRAINT observations_posts_check CHECK ((posts >= 0))
);

COMMENT ON TABLE public.observations IS 'Followers, posts and last post of an account at a time, with who observed it.';

CREATE TABLE public.platforms (
    slug text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL,
    name_local text NOT NULL,
    language text NOT NULL,
    country text NOT NULL COLLATE pg_catalog."C",
    website text NOT NULL,
    aliases text[] NOT NULL,
    hosts text[] NOT NULL,
    url_forms text[] NOT NULL,
    handle_pattern text NOT NULL,
    user_id_pattern text,
    case_sensitive boolean NOT NULL,
    opened_on date,
    closed_on date,
    document text NOT NULL,
    revision bigint NOT NULL,
    CONSTRAINT platforms_check CHECK ((closed_on >= opened_on)),
    CONSTRAINT platforms_country_check CHECK ((country ~ '^[A-Z]{2}$'::text)),
    CONSTRAINT platforms_slug_check CHECK ((slug ~ '^[a-z][a-z0-9-]{0,30}$'::text))
);

CREATE TABLE public.regions (
    code text NOT NULL COLLATE pg_catalog."C",
    parent_code text COLLATE pg_catalog."C",
    level text NOT NULL,
    name text NOT NULL,
    name_local text,
    aliases text[] DEFAULT '{}'::text[] NOT NULL,
    path text NOT NULL COLLATE pg_catalog."C",
    source text NOT NULL,
    document text NOT NULL,
    revision bigint NOT NULL,
    other_names text[] DEFAULT '{}'::text[] NOT NULL,
    established_on date,
    dissolved_on date,
    replaced_by text[] DEFAULT '{}'::text[] NOT NULL,
    name_keys text[] DEFAULT '{}'::text[] NOT NULL,
    CONSTRAINT regions_check CHECK (((parent_code IS NULL) = (level = 'country'::text))),
    CONSTRAINT regions_check1 CHECK ((path ~~ (('%'::text || code) || '/'::text))),
    CONSTRAINT regions_code_check CHECK ((code ~ '^[A-Z]{2}(-[A-Z0-9]{1,6})?$'::text)),
    CONSTRAINT regions_level_check CHECK ((level = ANY (ARRAY['country'::text, 'province'::text, 'subdivision'::text, 'prefecture'::text, 'county'::text]))),
    CONSTRAINT regions_life CHECK ((dissolved_on >= established_on)),
    CONSTRAINT regions_name_check CHECK ((name <> ''::text)),
    CONSTRAINT regions_replaced_by CHECK (((replaced_by = '{}'::text[]) OR (dissolved_on IS NOT NULL)))
);

CREATE VIEW public.released_handles AS
 SELECT platform,
    handle_key,
    max(valid_to) AS released_at
   FROM public.handles
  WHERE (valid_to IS NOT NULL)
  GROUP BY platform, handle_key;

COMMENT ON VIEW public.released_handles IS 'When a handle was last given up: whoever takes it up holds it since then at the earliest.';

CREATE TABLE public.revisions (
    revision bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    reason text NOT NULL,
    source text,
    mark text DEFAULT "right"((gen_random_uuid())::text, 12) NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT revisions_actor_check CHECK ((actor <> ''::text)),
    CONSTRAINT revisions_mark_check CHECK ((mark ~ '^[0-9a-f]{12}$'::text)),
    CONSTRAINT revisions_reason_check CHECK ((reason <> ''::text)),
    CONSTRAINT revisions_revision_check CHECK ((revision > 0)),
    CONSTRAINT revisions_source_check CHECK ((source <> ''::text))
);

COMMENT ON TABLE public.revisions IS 'One row a committed change of the registry; commit order is revision order.';

COMMENT ON COLUMN public.revisions.mark IS 'Tells the revision from another of its number: in a history that a restore took back.';

CREATE TABLE public.search_pending (
    account_id text NOT NULL COLLATE pg_catalog."C"
);

COMMENT ON TABLE public.search_pending IS 'Accounts whose terms are yet to be cut: written by triggers, emptied by the writer.';

CREATE TABLE public.search_readings (
    reading text NOT NULL COLLATE pg_catalog."C",
    characters text NOT NULL COLLATE pg_catalog."C",
    "position" bigint NOT NULL
);

COMMENT ON TABLE public.search_readings IS 'Chinese characters and pairs of them that occur, by each of their readings.';

ALTER TABLE public.search_readings ALTER COLUMN "position" ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.search_readings_position_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.search_states (
    account_id text NOT NULL COLLATE pg_catalog."C",
    from_revision bigint NOT NULL,
    to_revision bigint NOT NULL,
    brevity smallint NOT NULL,
    terms tsvector NOT NULL,
    look_alikes text[] NOT NULL COLLATE pg_catalog."C",
    texts text NOT NULL
);

COMMENT ON TABLE public.search_states IS 'Terms under which accounts were found before their names changed or they went.';

CREATE TABLE public.search_words (
    part text NOT NULL COLLATE pg_catalog."C",
    word text NOT NULL COLLATE pg_catalog."C"
);

COMMENT ON TABLE public.search_words IS 'Words that occur, by the parts that directory.search.spelling makes of them.';

CREATE TABLE public.snapshot_files (
    revision bigint NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    media_type text NOT NULL,
    encoding text,
    bytes bigint NOT NULL,
    rows bigint,
    sha256 text NOT NULL,
    CONSTRAINT snapshot_files_bytes_check CHECK ((bytes >= 0)),
    CONSTRAINT snapshot_files_encoding_check CHECK ((encoding = ANY (ARRAY['gzip'::text, 'zstd'::text]))),
    CONSTRAINT snapshot_files_rows_check CHECK ((rows >= 0)),
    CONSTRAINT snapshot_files_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
);

COMMENT ON TABLE public.snapshot_files IS 'The files of each snapshot: how they are sent, and what their bytes are.';

COMMENT ON COLUMN public.snapshot_files.media_type IS 'What the file is before it is compressed.';

COMMENT ON COLUMN public.snapshot_files.encoding IS 'What it is compressed with: gzip or zstd; null where it is plain.';

CREATE TABLE public.snapshots (
    revision bigint NOT NULL,
    built_at timestamp with time zone NOT NULL,
    manifest text NOT NULL
);

COMMENT ON TABLE public.snapshots IS 'One row a snapshot that can be read, with the text of its manifest.json.';

CREATE TABLE public.sources (
    id text NOT NULL COLLATE pg_catalog."C",
    title text NOT NULL,
    publisher text,
    licence text NOT NULL,
    origin text,
    retrieved text,
    note text,
    document text NOT NULL,
    revision bigint NOT NULL,
    CONSTRAINT sources_id_check CHECK ((id ~ '^[a-z0-9][a-z0-9._-]{0,62}$'::text)),
    CONSTRAINT sources_retrieved_check CHECK ((retrieved ~ '^\d{4}(-\d{2}(-\d{2})?)?$'::text))
);

CREATE TABLE public.statements (
    account_id text NOT NULL COLLATE pg_catalog."C",
    source text NOT NULL COLLATE pg_catalog."C",
    source_id text DEFAULT ''::text NOT NULL COLLATE pg_catalog."C",
    statement jsonb NOT NULL,
    department_id text COLLATE pg_catalog."C",
    revision bigint NOT NULL,
    "position" bigint NOT NULL,
    kept jsonb,
    listed_from bigint,
    listed_until bigint
);
ALTER TABLE ONLY public.statements ALTER COLUMN statement SET STATISTICS 0;

COMMENT ON TABLE public.statements IS 'Provenance: what each source last said of each account.';

COMMENT ON COLUMN public.statements.kept IS 'Keys of the statement that were stated earlier than in its revision: for each the revision and the position.';

COMMENT ON COLUMN public.statements.listed_from IS 'Revision since which the source says so; NULL: before this was recorded.';

COMMENT ON COLUMN public.statements.listed_until IS 'Revision in which its source stopped listing it; NULL while it does.';

CREATE TABLE public.suppressions (
    digest bytea NOT NULL,
    account_id text NOT NULL COLLATE pg_catalog."C",
    is_all_known boolean NOT NULL
);

COMMENT ON TABLE public.suppressions IS 'Digests of what deleted accounts are known by, so that no import brings them back.';

CREATE TABLE public.tombstone_heirs (
    kind text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    to_revision bigint NOT NULL,
    heir_id text COLLATE pg_catalog."C"
);

COMMENT ON TABLE public.tombstone_heirs IS 'Heirs of merged records before these were merged themselves.';

CREATE TABLE public.tombstones (
    kind text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    heir_id text COLLATE pg_catalog."C",
    revision bigint NOT NULL,
    category text,
    erased_in bigint,
    CONSTRAINT tombstones_category CHECK (((category IS NULL) OR (heir_id IS NULL))),
    CONSTRAINT tombstones_category_check CHECK ((category = ANY (ARRAY['erasure_request'::text, 'not_official'::text, 'mistake'::text, 'order'::text, 'other'::text]))),
    CONSTRAINT tombstones_check CHECK ((heir_id <> id))
);

COMMENT ON TABLE public.tombstones IS 'Ids that went: merged into an heir, or deleted (no heir). Never reused.';

COMMENT ON COLUMN public.tombstones.category IS 'What kind of reason a record was deleted for; NULL where none was stated.';

COMMENT ON COLUMN public.tombstones.erased_in IS 'Revision since which nothing tells whose account it was; NULL: versions do.';

CREATE TABLE public.versions (
    revision bigint NOT NULL,
    sequence integer NOT NULL,
    kind text NOT NULL COLLATE pg_catalog."C",
    id text NOT NULL COLLATE pg_catalog."C",
    action text NOT NULL,
    record text,
    replaced_by text COLLATE pg_catalog."C",
    facets tsvector,
    facets_before tsvector,
    CONSTRAINT versions_action_check CHECK ((action = ANY (ARRAY['create'::text, 'update'::text, 'delete'::text, 'merge'::text]))),
    CONSTRAINT versions_check CHECK (((record IS NULL) = (action = ANY (ARRAY['delete'::text, 'merge'::text])))),
    CONSTRAINT versions_kind_check CHECK ((kind = ANY (ARRAY['account'::text, 'department'::text, 'handle'::text, 'platform'::text, 'region'::text, 'source'::text]))),
    CONSTRAINT versions_replaced_by CHECK (((replaced_by IS NULL) OR (action = 'merge'::text))),
    CONSTRAINT versions_sequence_check CHECK ((sequence > 0))
);
ALTER TABLE ONLY public.versions ALTER COLUMN record SET STATISTICS 0;

COMMENT ON TABLE public.versions IS 'Every state of every record: its public JSON after each change; NULL when it went.';

ALTER TABLE ONLY public.account_count_bases
    ADD CONSTRAINT account_count_bases_pkey PRIMARY KEY (base);

ALTER TABLE ONLY public.account_counts
    ADD CONSTRAINT account_counts_dimensions UNIQUE NULLS NOT DISTINCT (country, division, platform, department_type, status, subject, verification, language);

ALTER TABLE ONLY public.account_eras
    ADD CONSTRAINT account_eras_pkey PRIMARY KEY (era);

ALTER TABLE ONLY public.account_search
    ADD CONSTRAINT account_search_pkey PRIMARY KEY (account_id);

ALTER TABLE ONLY public.account_tallies
    ADD CONSTRAINT account_tallies_pkey PRIMARY KEY (dimension, value);

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.clearance_holders
    ADD CONSTRAINT clearance_holders_pkey PRIMARY KEY (platform, handle_key, revision, to_revision);

ALTER TABLE ONLY public.department_types
    ADD CONSTRAINT department_types_pkey PRIMARY KEY (slug);

ALTER TABLE ONLY public.department_types
    ADD CONSTRAINT department_types_position_key UNIQUE ("position");

ALTER TABLE ONLY public.departments
    ADD CONSTRAINT departments_identity UNIQUE NULLS NOT DISTINCT (name_key, region_code);

ALTER TABLE ONLY public.departments
    ADD CONSTRAINT departments_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.handle_clearances
    ADD CONSTRAINT handle_clearances_pkey PRIMARY KEY (platform, handle_key, revision);

ALTER TABLE ONLY public.handles
    ADD CONSTRAINT handles_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.handles
    ADD CONSTRAINT handles_public_id UNIQUE (public_id);

ALTER TABLE ONLY public.observations
    ADD CONSTRAINT observations_pkey PRIMARY KEY (account_id, observed_at, source);

ALTER TABLE ONLY public.platforms
    ADD CONSTRAINT platforms_pkey PRIMARY KEY (slug);

ALTER TABLE ONLY public.regions
    ADD CONSTRAINT regions_path_key UNIQUE (path);

ALTER TABLE ONLY public.regions
    ADD CONSTRAINT regions_pkey PRIMARY KEY (code);

ALTER TABLE ONLY public.revisions
    ADD CONSTRAINT revisions_pkey PRIMARY KEY (revision);

ALTER TABLE ONLY public.search_pending
    ADD CONSTRAINT search_pending_pkey PRIMARY KEY (account_id);

ALTER TABLE ONLY public.search_readings
    ADD CONSTRAINT search_readings_pkey PRIMARY KEY (reading, characters);

ALTER TABLE ONLY public.search_readings
    ADD CONSTRAINT search_readings_position_key UNIQUE ("position");

ALTER TABLE ONLY public.search_states
    ADD CONSTRAINT search_states_pkey PRIMARY KEY (account_id, to_revision);

ALTER TABLE ONLY public.search_words
    ADD CONSTRAINT search_words_pkey PRIMARY KEY (part, word);

ALTER TABLE ONLY public.snapshot_files
    ADD CONSTRAINT snapshot_files_pkey PRIMARY KEY (revision, name);

ALTER TABLE ONLY public.snapshots
    ADD CONSTRAINT snapshots_pkey PRIMARY KEY (revision);

ALTER TABLE ONLY public.sources
    ADD CONSTRAINT sources_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.statements
    ADD CONSTRAINT statements_pkey PRIMARY KEY (account_id, source, source_id);

ALTER TABLE ONLY public.suppressions
    ADD CONSTRAINT suppressions_pkey PRIMARY KEY (digest, account_id);

ALTER TABLE ONLY public.tombstone_heirs
    ADD CONSTRAINT tombstone_heirs_pkey PRIMARY KEY (kind, id, to_revision);

ALTER TABLE ONLY public.tombstones
    ADD CONSTRAINT tombstones_pkey PRIMARY KEY (kind, id);

ALTER TABLE ONLY public.versions
    ADD CONSTRAINT versions_pkey PRIMARY KEY (revision, sequence);

CREATE INDEX account_count_steps_revision ON public.account_count_steps USING btree (base, revision);

CREATE INDEX account_search_look_alikes ON public.account_search USING gin (look_alikes) WITH (fastupdate=off);

CREATE INDEX account_search_terms ON public.account_search USING gin (terms, facets) WITH (fastupdate=off);

CREATE INDEX account_states_by_created_at ON ONLY public.account_states USING btree (created_at, id);

CREATE INDEX account_states_by_followers ON ONLY public.account_states USING btree (COALESCE(followers, ('-1'::integer)::bigint), id);

CREATE INDEX account_states_by_name ON ONLY public.account_states USING btree (COALESCE(name_key, ''::text), id);

CREATE INDEX account_states_by_opened_on ON ONLY public.account_states USING btree (COALESCE(opened_on, '-infinity'::date), id);

CREATE INDEX account_states_by_updated_at ON ONLY public.account_states USING btree (updated_at, id);

CREATE INDEX account_states_department ON ONLY public.account_states USING btree (department_id, id);

CREATE INDEX account_states_department_type ON ONLY public.account_states USING btree (department_type, id);

CREATE INDEX account_states_division_followers ON ONLY public.account_states USING btree (division, platform, COALESCE(followers, ('-1'::integer)::bigint), id);

CREATE UNIQUE INDEX account_states_key ON ONLY public.account_states USING btree (id, from_revision, era);

CREATE INDEX account_states_lower_user_id ON ONLY public.account_states USING btree (platform, lower(platform_user_id)) WHERE (platform_user_id <> lower(platform_user_id));

CREATE INDEX account_states_platform_followers ON ONLY public.account_states USING btree (platform, COALESCE(followers, ('-1'::integer)::bigint), id);

CREATE INDEX account_states_region ON ONLY public.account_states USING btree (region_path, id);

CREATE INDEX account_states_sources ON ONLY public.account_states USING gin (sources);

CREATE INDEX account_states_tags ON ONLY public.account_states USING gin (tags);

CREATE INDEX account_states_user_id ON ONLY public.account_states USING btree (platform, platform_user_id) WHERE (platform_user_id IS NOT NULL);

CREATE INDEX account_tally_steps_value ON public.account_tally_steps USING btree (base, dimension, value, revision) INCLUDE (step);

CREATE INDEX accounts_by_created_at ON public.accounts USING btree (created_at, id);

CREATE INDEX accounts_by_followers ON public.accounts USING btree (COALESCE(followers, ('-1'::integer)::bigint), id);

CREATE INDEX accounts_by_name ON public.accounts USING btree (COALESCE(name_key, ''::text), id);

CREATE INDEX accounts_by_opened_on ON public.accounts USING btree (COALESCE(opened_on, '-infinity'::date), id);

CREATE INDEX accounts_by_updated_at ON public.accounts USING btree (updated_at, id);

CREATE INDEX accounts_department ON public.accounts USING btree (department_id, id);

CREATE INDEX accounts_department_type ON public.accounts USING btree (department_type, id);

CREATE INDEX accounts_dimensions ON public.accounts USING btree (region_path, id) INCLUDE (platform, country, division, department_type, status, verification, subject, language, followers, opened_on, updated_at);

CREATE INDEX accounts_division_followers ON public.accounts USING btree (division, platform, COALESCE(followers, ('-1'::integer)::bigint), id);

CREATE UNIQUE INDEX accounts_handle ON public.accounts USING btree (platform, handle_key) WHERE (handle_key IS NOT NULL);

CREATE INDEX accounts_lower_user_id ON public.accounts USING btree (platform, lower(platform_user_id)) WHERE (platform_user_id <> lower(platform_user_id));

CREATE INDEX accounts_platform_followers ON public.accounts USING btree (platform, COALESCE(followers, ('-1'::integer)::bigint), id);

CREATE INDEX accounts_sources ON public.accounts USING gin (sources);

CREATE INDEX accounts_tags ON public.accounts USING gin (tags);

CREATE UNIQUE INDEX accounts_user_id ON public.accounts USING btree (platform, platform_user_id) WHERE (platform_user_id IS NOT NULL);

CREATE INDEX departments_parent ON public.departments USING btree (parent_id);

CREATE INDEX departments_region ON public.departments USING btree (region_path, id);

CREATE INDEX departments_type ON public.departments USING btree (type, id);

CREATE INDEX handle_clearances_account ON public.handle_clearances USING btree (account_id) WHERE (account_id IS NOT NULL);

CREATE INDEX handle_states_account ON public.handle_states USING btree (account_id);

CREATE INDEX handle_states_handle ON public.handle_states USING btree (handle_key, platform);

CREATE UNIQUE INDEX handle_states_key ON public.handle_states USING btree (id, from_revision);

CREATE INDEX handles_account ON public.handles USING btree (account_id);

CREATE INDEX handles_anywhere ON public.handles USING btree (handle_key);

CREATE UNIQUE INDEX handles_current ON public.handles USING btree (platform, handle_key) WHERE (valid_to IS NULL);

CREATE INDEX handles_key ON public.handles USING btree (platform, handle_key);

CREATE INDEX handles_released ON public.handles USING btree (platform, handle_key, valid_to) WHERE (valid_to IS NOT NULL);

CREATE INDEX regions_parent ON public.regions USING btree (parent_code);

CREATE INDEX revisions_at ON public.revisions USING btree (at);

CREATE INDEX search_states_look_alikes ON public.search_states USING gin (look_alikes);

CREATE INDEX search_states_terms ON public.search_states USING gin (terms);

CREATE INDEX statements_source ON public.statements USING btree (source, source_id);

CREATE INDEX suppressions_account ON public.suppressions USING btree (account_id);

CREATE INDEX versions_facets ON public.versions USING gin (facets, facets_before) WITH (fastupdate=off);

CREATE INDEX versions_gone ON public.versions USING btree (kind, id, revision) WHERE (record IS NULL);

CREATE INDEX versions_record ON public.versions USING btree (kind, id, revision, sequence);

CREATE TRIGGER counts_delete AFTER DELETE ON public.accounts REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.count_accounts();

CREATE TRIGGER counts_insert AFTER INSERT ON public.accounts REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.count_accounts();

CREATE TRIGGER counts_update AFTER UPDATE ON public.accounts REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.count_accounts();

CREATE TRIGGER document BEFORE INSERT OR UPDATE ON public.accounts FOR EACH ROW EXECUTE FUNCTION public.document_account();

CREATE TRIGGER document BEFORE INSERT OR UPDATE ON public.departments FOR EACH ROW EXECUTE FUNCTION public.document_department();

CREATE TRIGGER document BEFORE INSERT OR UPDATE ON public.handles FOR EACH ROW EXECUTE FUNCTION public.document_handle();

CREATE TRIGGER document BEFORE INSERT OR UPDATE ON public.platforms FOR EACH ROW EXECUTE FUNCTION public.document_platform();

CREATE TRIGGER document BEFORE INSERT OR UPDATE ON public.regions FOR EACH ROW EXECUTE FUNCTION public.document_region();

CREATE TRIGGER document BEFORE INSERT OR UPDATE ON public.sources FOR EACH ROW EXECUTE FUNCTION public.document_source();

CREATE TRIGGER heirs_update AFTER UPDATE ON public.handle_clearances REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.keep_heirs();

CREATE TRIGGER heirs_update AFTER UPDATE ON public.tombstones REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.keep_heirs();

CREATE TRIGGER search_delete AFTER DELETE ON public.accounts REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.follow_search();

CREATE TRIGGER search_follow AFTER UPDATE ON public.departments REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.follow_department_search();

CREATE TRIGGER search_insert AFTER INSERT ON public.accounts REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.follow_search();

CREATE TRIGGER search_update AFTER UPDATE ON public.accounts REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.follow_search();

CREATE TRIGGER states_delete AFTER DELETE ON public.account_search REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.keep_search_states();

CREATE TRIGGER states_delete AFTER DELETE ON public.handles REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.keep_handle_states();

CREATE TRIGGER states_insert AFTER INSERT ON public.handles REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.keep_handle_states();

CREATE TRIGGER states_update AFTER UPDATE ON public.account_search REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.keep_search_states();

CREATE TRIGGER states_update AFTER UPDATE ON public.handles REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.keep_handle_states();

CREATE TRIGGER steps_delete AFTER DELETE ON public.account_counts REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.keep_count_steps();

CREATE TRIGGER steps_delete AFTER DELETE ON public.account_tallies REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.keep_count_steps();

CREATE TRIGGER steps_insert AFTER INSERT ON public.account_counts REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.keep_count_steps();

CREATE TRIGGER steps_insert AFTER INSERT ON public.account_tallies REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.keep_count_steps();

CREATE TRIGGER steps_update AFTER UPDATE ON public.account_counts REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.keep_count_steps();

CREATE TRIGGER steps_update AFTER UPDATE ON public.account_tallies REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.keep_count_steps();

CREATE TRIGGER versions_delete AFTER DELETE ON public.accounts REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_versions('account', 'id');

CREATE TRIGGER versions_delete AFTER DELETE ON public.departments REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_versions('department', 'id');

CREATE TRIGGER versions_delete AFTER DELETE ON public.handles REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_versions('handle', 'public_id');

CREATE TRIGGER versions_delete AFTER DELETE ON public.platforms REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_versions('platform', 'slug');

CREATE TRIGGER versions_delete AFTER DELETE ON public.regions REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_versions('region', 'code');

CREATE TRIGGER versions_delete AFTER DELETE ON public.sources REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_versions('source', 'id');

CREATE TRIGGER versions_delete_states AFTER DELETE ON public.accounts REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.keep_states();

CREATE TRIGGER versions_insert AFTER INSERT ON public.accounts REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_versions('account', 'id');

CREATE TRIGGER versions_insert AFTER INSERT ON public.departments REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_versions('department', 'id');

CREATE TRIGGER versions_insert AFTER INSERT ON public.handles REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_versions('handle', 'public_id');

CREATE TRIGGER versions_insert AFTER INSERT ON public.platforms REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_versions('platform', 'slug');

CREATE TRIGGER versions_insert AFTER INSERT ON public.regions REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_versions('region', 'code');

CREATE TRIGGER versions_insert AFTER INSERT ON public.sources REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_versions('source', 'id');

CREATE TRIGGER versions_insert_states AFTER INSERT ON public.accounts REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.keep_states();

CREATE TRIGGER versions_update AFTER UPDATE ON public.accounts REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_versions('account', 'id');

CREATE TRIGGER versions_update AFTER UPDATE ON public.departments REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_versions('department', 'id');

CREATE TRIGGER versions_update AFTER UPDATE ON public.handles REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_versions('handle', 'public_id');

CREATE TRIGGER versions_update AFTER UPDATE ON public.platforms REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_versions('platform', 'slug');

CREATE TRIGGER versions_update AFTER UPDATE ON public.regions REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_versions('region', 'code');

CREATE TRIGGER versions_update AFTER UPDATE ON public.sources REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.record_versions('source', 'id');

CREATE TRIGGER versions_update_states AFTER UPDATE ON public.accounts REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.keep_states();

CREATE TRIGGER with_accounts_follow AFTER UPDATE ON public.departments REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.follow_reference();

CREATE TRIGGER with_accounts_follow AFTER UPDATE ON public.regions REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.follow_reference();

CREATE TRIGGER with_handles_delete AFTER DELETE ON public.accounts REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.keep_handles();

CREATE TRIGGER with_handles_insert AFTER INSERT ON public.accounts REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.keep_handles();

CREATE TRIGGER with_handles_update AFTER UPDATE ON public.accounts REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.keep_handles();

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_department_id_fkey FOREIGN KEY (department_id) REFERENCES public.departments(id);

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_platform_fkey FOREIGN KEY (platform) REFERENCES public.platforms(slug);

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_region_code_fkey FOREIGN KEY (region_code) REFERENCES public.regions(code);

ALTER TABLE ONLY public.accounts
    ADD CONSTRAINT accounts_replaced_by_fkey FOREIGN KEY (replaced_by) REFERENCES public.accounts(id);

ALTER TABLE ONLY public.departments
    ADD CONSTRAINT departments_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES public.departments(id);

ALTER TABLE ONLY public.departments
    ADD CONSTRAINT departments_region_code_fkey FOREIGN KEY (region_code) REFERENCES public.regions(code);

ALTER TABLE ONLY public.departments
    ADD CONSTRAINT departments_revision_fkey FOREIGN KEY (revision) REFERENCES public.revisions(revision);

ALTER TABLE ONLY public.departments
    ADD CONSTRAINT departments_type_fkey FOREIGN KEY (type) REFERENCES public.department_types(slug);

ALTER TABLE ONLY public.handle_clearances
    ADD CONSTRAINT handle_clearances_platform_fkey FOREIGN KEY (platform) REFERENCES public.platforms(slug);

ALTER TABLE ONLY public.handle_clearances
    ADD CONSTRAINT handle_clearances_revision_fkey FOREIGN KEY (revision) REFERENCES public.revisions(revision);

ALTER TABLE ONLY public.observations
    ADD CONSTRAINT observations_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.observations
    ADD CONSTRAINT observations_source_fkey FOREIGN KEY (source) REFERENCES public.sources(id);

ALTER TABLE ONLY public.platforms
    ADD CONSTRAINT platforms_revision_fkey FOREIGN KEY (revision) REFERENCES public.revisions(revision);

ALTER TABLE ONLY public.regions
    ADD CONSTRAINT regions_parent_code_fkey FOREIGN KEY (parent_code) REFERENCES public.regions(code);

ALTER TABLE ONLY public.regions
    ADD CONSTRAINT regions_revision_fkey FOREIGN KEY (revision) REFERENCES public.revisions(revision);

ALTER TABLE ONLY public.snapshot_files
    ADD CONSTRAINT snapshot_files_revision_fkey FOREIGN KEY (revision) REFERENCES public.snapshots(revision) ON DELETE CASCADE;

ALTER TABLE ONLY public.snapshots
    ADD CONSTRAINT snapshots_revision_fkey FOREIGN KEY (revision) REFERENCES public.revisions(revision);

ALTER TABLE ONLY public.sources
    ADD CONSTRAINT sources_revision_fkey FOREIGN KEY (revision) REFERENCES public.revisions(revision);

ALTER TABLE ONLY public.statements
    ADD CONSTRAINT statements_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.accounts(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.statements
    ADD CONSTRAINT statements_department_id_fkey FOREIGN KEY (department_id) REFERENCES public.departments(id);

ALTER TABLE ONLY public.statements
    ADD CONSTRAINT statements_source_fkey FOREIGN KEY (source) REFERENCES public.sources(id);

ALTER TABLE ONLY public.tombstones
    ADD CONSTRAINT tombstones_revision_fkey FOREIGN KEY (revision) REFERENCES public.revisions(revision);

ALTER TABLE ONLY public.versions
    ADD CONSTRAINT versions_revision_fkey FOREIGN KEY (revision) REFERENCES public.revisions(revision);
