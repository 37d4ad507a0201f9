-- The reference tables: regions, platforms, department types, departments, sources.
-- `document` is the public JSON of the row, written by its trigger and read by every answer.
-- Text that is compared or sorted has COLLATE "C": the same order on every server.

CREATE TABLE sources (
    id text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[a-z0-9][a-z0-9._-]{0,62}$'),
    title text NOT NULL,
    publisher text,
    licence text NOT NULL,
    origin text,
    retrieved text CHECK (retrieved ~ '^\d{4}(-\d{2}(-\d{2})?)?$'),
    note text,
    document text NOT NULL,
    revision bigint NOT NULL REFERENCES revisions
);

CREATE TABLE regions (
    code text COLLATE "C" PRIMARY KEY CHECK (code ~ '^[A-Z]{2}(-[A-Z0-9]{1,6})?$'),
    parent_code text COLLATE "C" REFERENCES regions,
    level text NOT NULL CHECK (level IN ('country', 'province', 'subdivision', 'prefecture', 'county')),
    name text NOT NULL CHECK (name <> ''),
    name_local text,
    aliases text[] NOT NULL DEFAULT '{}',
    -- The codes from the root to here, each closed by a slash: a region and all below are one range.
    path text COLLATE "C" NOT NULL UNIQUE,
    source text NOT NULL,
    document text NOT NULL,
    revision bigint NOT NULL REFERENCES revisions,
    CHECK ((parent_code IS NULL) = (level = 'country')),
    CHECK (path LIKE '%' || code || '/')
);
CREATE INDEX regions_parent ON regions (parent_code);

CREATE TABLE platforms (
    slug text COLLATE "C" PRIMARY KEY CHECK (slug ~ '^[a-z][a-z0-9-]{0,30}$'),
    name text NOT NULL,
    name_local text NOT NULL,
    language text NOT NULL,
    country text COLLATE "C" NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
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
    revision bigint NOT NULL REFERENCES revisions,
    CHECK (closed_on >= opened_on)
);

CREATE TABLE department_types (
    slug text COLLATE "C" PRIMARY KEY CHECK (slug ~ '^[a-z][a-z-]{0,30}$'),
    name text NOT NULL,
    name_zh text NOT NULL,
    -- Classification of the Functions of Government, division 01 to 10 (United Nations, 1999).
    cofog text NOT NULL CHECK (cofog ~ '^(0[1-9]|10)$'),
    position integer NOT NULL UNIQUE
);

CREATE TABLE departments (
    id text COLLATE "C" PRIMARY KEY DEFAULT new_id() CHECK (id ~ '^[0-9b-z]{7}$'),
    name text NOT NULL CHECK (name <> '' AND length(name) <= 500),
    name_key text COLLATE "C" NOT NULL CHECK (name_key <> ''),
    type text COLLATE "C" NOT NULL REFERENCES department_types,
    region_code text COLLATE "C" REFERENCES regions,
    region_path text COLLATE "C",
    parent_id text COLLATE "C" REFERENCES departments CHECK (parent_id <> id),
    website text,
    document text NOT NULL,
    revision bigint NOT NULL REFERENCES revisions,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    -- Two bodies of one name are told apart by where they govern.
    CONSTRAINT departments_identity UNIQUE NULLS NOT DISTINCT (name_key, region_code)
);
CREATE INDEX departments_region ON departments (region_path, id);
CREATE INDEX departments_parent ON departments (parent_id);
CREATE INDEX departments_type ON departments (type, id);

CREATE FUNCTION document_source() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER document BEFORE INSERT OR UPDATE ON sources
    FOR EACH ROW EXECUTE FUNCTION document_source();

CREATE FUNCTION document_region() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.path := coalesce((SELECT path FROM regions WHERE code = NEW.parent_code), '') || NEW.code || '/';
    SELECT row_to_json(d)::text INTO NEW.document FROM (
        SELECT NEW.code, NEW.level, NEW.name, NEW.name_local, NEW.parent_code AS parent, NEW.aliases,
               to_json(string_to_array(rtrim(NEW.path, '/'), '/')) AS path, NEW.source,
               (SELECT row_to_json(l) FROM (SELECT '/v1/regions/' || NEW.code AS self,
                       '/v1/accounts?region=' || NEW.code AS accounts,
                       '/v1/departments?region=' || NEW.code AS departments) AS l) AS links
    ) AS d;
    IF TG_OP = 'INSERT' OR NEW.document IS DISTINCT FROM OLD.document THEN
        NEW.revision := current_revision();
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER document BEFORE INSERT OR UPDATE ON regions
    FOR EACH ROW EXECUTE FUNCTION document_region();

CREATE FUNCTION document_platform() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER document BEFORE INSERT OR UPDATE ON platforms
    FOR EACH ROW EXECUTE FUNCTION document_platform();

-- How the public JSON of a record ends. Kept apart from the rest, so that a write which changes
-- nothing is seen to change nothing and makes no version.
CREATE FUNCTION document_end(revision bigint, created_at timestamptz, updated_at timestamptz) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT format(',"revision":%s,"created_at":%s,"updated_at":%s}', revision, to_json(created_at), to_json(updated_at))
$$;

-- Times are written in UTC whatever the session's time zone: the same record, the same text.
CREATE FUNCTION document_department() RETURNS trigger LANGUAGE plpgsql SET timezone = 'UTC' AS $$
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
CREATE TRIGGER document BEFORE INSERT OR UPDATE ON departments
    FOR EACH ROW EXECUTE FUNCTION document_department();

CREATE TRIGGER versions_insert AFTER INSERT ON sources REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION record_versions('source', 'id');
CREATE TRIGGER versions_update AFTER UPDATE ON sources REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION record_versions('source', 'id');
CREATE TRIGGER versions_delete AFTER DELETE ON sources REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION record_versions('source', 'id');
CREATE TRIGGER versions_insert AFTER INSERT ON regions REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION record_versions('region', 'code');
CREATE TRIGGER versions_update AFTER UPDATE ON regions REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION record_versions('region', 'code');
CREATE TRIGGER versions_delete AFTER DELETE ON regions REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION record_versions('region', 'code');
CREATE TRIGGER versions_insert AFTER INSERT ON platforms REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION record_versions('platform', 'slug');
CREATE TRIGGER versions_update AFTER UPDATE ON platforms REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION record_versions('platform', 'slug');
CREATE TRIGGER versions_delete AFTER DELETE ON platforms REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION record_versions('platform', 'slug');
CREATE TRIGGER versions_insert AFTER INSERT ON departments REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION record_versions('department', 'id');
CREATE TRIGGER versions_update AFTER UPDATE ON departments REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION record_versions('department', 'id');
CREATE TRIGGER versions_delete AFTER DELETE ON departments REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION record_versions('department', 'id');
