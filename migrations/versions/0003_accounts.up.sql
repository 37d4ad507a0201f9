-- The registry itself: accounts, the handles they hold and held, what each source states of them,
-- and how many people they reach.

CREATE TABLE accounts (
    id text COLLATE "C" PRIMARY KEY DEFAULT new_id() CHECK (id ~ '^[0-9b-z]{7}$'),
    platform text COLLATE "C" NOT NULL REFERENCES platforms,
    platform_user_id text COLLATE "C" CHECK (platform_user_id <> '' AND length(platform_user_id) <= 200),
    handle text CHECK (handle <> '' AND length(handle) <= 200),
    -- The handle folded by its platform's rule of case: what identity is judged by.
    handle_key text COLLATE "C" CHECK (handle_key <> ''),
    url text,
    name text CHECK (name <> '' AND length(name) <= 500),
    name_key text COLLATE "C",
    names jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(names) = 'array'),
    -- The folded forms of `name` and all `names`, for finding.
    name_keys text[] COLLATE "C" NOT NULL DEFAULT '{}',
    description text CHECK (length(description) <= 5000),
    department_id text COLLATE "C" REFERENCES departments,
    -- The department's type and the region's path, copied here by trigger, for filters and indexes.
    department_type text COLLATE "C",
    region_code text COLLATE "C" REFERENCES regions,
    region_path text COLLATE "C",
    country text COLLATE "C" GENERATED ALWAYS AS (nullif(split_part(region_path, '/', 1), '')) STORED,
    division text COLLATE "C" GENERATED ALWAYS AS (nullif(split_part(region_path, '/', 2), '')) STORED,
    subject text COLLATE "C" NOT NULL DEFAULT 'body' CHECK (subject IN ('body', 'person')),
    status text COLLATE "C" NOT NULL DEFAULT 'unknown'
        CHECK (status IN ('active', 'dormant', 'suspended', 'closed', 'unknown')),
    verification text COLLATE "C" NOT NULL DEFAULT 'none'
        CHECK (verification IN ('platform', 'registry', 'source', 'none')),
    verification_method text,
    verification_checked_at timestamptz,
    verification_expires_at timestamptz,
    followers bigint CHECK (followers >= 0),
    followers_at timestamptz,
    last_post_at timestamptz,
    opened_on date,
    closed_on date,
    language text COLLATE "C" CHECK (language ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$'),
    tags text[] COLLATE "C" NOT NULL DEFAULT '{}',
    sources text[] COLLATE "C" NOT NULL DEFAULT '{}',
    replaced_by text COLLATE "C" REFERENCES accounts CHECK (replaced_by <> id),
    -- Set by trigger, from the revision that wrote the row.
    document text NOT NULL,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT accounts_identity CHECK (platform_user_id IS NOT NULL OR handle IS NOT NULL),
    CONSTRAINT accounts_handle_key CHECK ((handle IS NULL) = (handle_key IS NULL)),
    CONSTRAINT accounts_followers_at CHECK ((followers IS NULL) = (followers_at IS NULL)),
    CONSTRAINT accounts_dates CHECK (closed_on >= opened_on)
);
-- Nothing is searched by it, and statistics of it would take longer than all others.
ALTER TABLE accounts ALTER COLUMN document SET STATISTICS 0;
-- Identity: the immutable user id where it is known, else the handle.
CREATE UNIQUE INDEX accounts_user_id ON accounts (platform, platform_user_id) WHERE platform_user_id IS NOT NULL;
CREATE UNIQUE INDEX accounts_handle ON accounts (platform, handle_key) WHERE handle_key IS NOT NULL;
-- An index for each sort that is offered; NULL sorts as the lowest.
CREATE INDEX accounts_by_followers ON accounts (coalesce(followers, -1), id);
CREATE INDEX accounts_by_name ON accounts (coalesce(name_key, ''), id);
CREATE INDEX accounts_by_opened_on ON accounts (coalesce(opened_on, '-infinity'), id);
CREATE INDEX accounts_by_created_at ON accounts (created_at, id);
CREATE INDEX accounts_by_updated_at ON accounts (updated_at, id);
-- What is asked for together with the order by followers.
CREATE INDEX accounts_platform_followers ON accounts (platform, coalesce(followers, -1), id);
CREATE INDEX accounts_division_followers ON accounts (division, platform, coalesce(followers, -1), id);
-- A region and all below; and what filters and facets read, beside the wide rows, where no kept count can tell.
CREATE INDEX accounts_dimensions ON accounts (region_path, id) INCLUDE (
    platform, country, division, department_type, status, verification, subject, language,
    followers, opened_on, updated_at
);
CREATE INDEX accounts_department ON accounts (department_id, id);
CREATE INDEX accounts_department_type ON accounts (department_type, id);
CREATE INDEX accounts_handle_key ON accounts (handle_key);
CREATE INDEX accounts_sources ON accounts USING gin (sources);
CREATE INDEX accounts_tags ON accounts USING gin (tags);

CREATE TABLE account_names (
    account_id text COLLATE "C" NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    PRIMARY KEY (name_key, account_id)
);
CREATE INDEX account_names_account ON account_names (account_id);
COMMENT ON TABLE account_names IS 'Each folded name of each account, kept by trigger from accounts.name_keys.';

CREATE TABLE handles (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id text COLLATE "C" NOT NULL,
    platform text COLLATE "C" NOT NULL,
    handle text NOT NULL,
    handle_key text COLLATE "C" NOT NULL,
    -- NULL: held since before the registry knew of it.
    valid_from timestamptz,
    -- NULL: held now.
    valid_to timestamptz,
    CHECK (valid_from < valid_to)
);
CREATE UNIQUE INDEX handles_current ON handles (platform, handle_key) WHERE valid_to IS NULL;
CREATE INDEX handles_key ON handles (platform, handle_key);
CREATE INDEX handles_account ON handles (account_id);
CREATE INDEX handles_released ON handles (platform, handle_key, valid_to) WHERE valid_to IS NOT NULL;
CREATE VIEW released_handles AS
    SELECT platform, handle_key, max(valid_to) AS released_at
      FROM handles WHERE valid_to IS NOT NULL GROUP BY platform, handle_key;
COMMENT ON VIEW released_handles IS
    'When a handle was last given up: whoever takes it up holds it since then at the earliest.';
COMMENT ON TABLE handles IS
    'Every handle an account holds or held, kept by trigger from accounts.handle; it outlives a deleted account.';

CREATE TABLE statements (
    account_id text COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    source text COLLATE "C" NOT NULL REFERENCES sources,
    source_id text COLLATE "C" NOT NULL DEFAULT '',
    -- What the source says, in the normal form of an import row; keys that are absent are not known.
    statement jsonb NOT NULL,
    department_id text COLLATE "C" REFERENCES departments,
    -- No foreign key: it is only ever current_revision(), as in accounts.
    revision bigint NOT NULL,
    -- The place among the rows of its revision: of two statements the later one wins.
    position bigint NOT NULL,
    PRIMARY KEY (account_id, source, source_id)
);
ALTER TABLE statements ALTER COLUMN statement SET STATISTICS 0;
CREATE INDEX statements_source ON statements (source, source_id);
COMMENT ON TABLE statements IS 'Provenance: what each source last said of each account.';

CREATE TABLE observations (
    account_id text COLLATE "C" NOT NULL REFERENCES accounts ON DELETE CASCADE,
    observed_at timestamptz NOT NULL,
    source text COLLATE "C" NOT NULL REFERENCES sources,
    followers bigint CHECK (followers >= 0),
    posts bigint CHECK (posts >= 0),
    last_post_at timestamptz,
    PRIMARY KEY (account_id, observed_at, source)
);
COMMENT ON TABLE observations IS 'Followers, posts and last post of an account at a time, with who observed it.';

-- The public JSON and the revision of an account, whoever writes it. `updated_at` is the revision's time.
CREATE FUNCTION document_account() RETURNS trigger LANGUAGE plpgsql SET timezone = 'UTC' AS $$
DECLARE
    opening text;
    revised revisions;
    governing record;
    place record;
BEGIN
    SELECT id, name, type INTO governing FROM departments WHERE id = NEW.department_id;
    SELECT code, name, name_local, path INTO place FROM regions WHERE code = NEW.region_code;
    NEW.region_path := place.path;
    NEW.department_type := governing.type;
    SELECT left(row_to_json(d)::text, -1) INTO opening FROM (
        SELECT NEW.id, NEW.platform, NEW.platform_user_id, NEW.handle, NEW.url, NEW.name,
               CASE WHEN NEW.names = '[]' THEN json '[]' ELSE (SELECT array_to_json(array_agg(row_to_json(n)))
                    FROM jsonb_to_recordset(NEW.names) AS n (name text, language text)) END AS names,
               NEW.description,
               CASE WHEN governing.id IS NOT NULL THEN row_to_json(governing) END AS department,
               CASE WHEN place.code IS NOT NULL THEN (SELECT row_to_json(r)
                    FROM (SELECT place.code, place.name, place.name_local) AS r) END AS region,
               NEW.subject, NEW.status,
               (SELECT row_to_json(v) FROM (SELECT NEW.verification AS level, NEW.verification_method AS method,
                       NEW.verification_checked_at AS checked_at, NEW.verification_expires_at AS expires_at) AS v
               ) AS verification,
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
CREATE TRIGGER document BEFORE INSERT OR UPDATE ON accounts
    FOR EACH ROW EXECUTE FUNCTION document_account();

CREATE TRIGGER versions_insert AFTER INSERT ON accounts REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION record_versions('account', 'id');
CREATE TRIGGER versions_update AFTER UPDATE ON accounts REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION record_versions('account', 'id');
CREATE TRIGGER versions_delete AFTER DELETE ON accounts REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION record_versions('account', 'id');

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
