-- Changes as readers follow them: handles are records with versions of their own, a revision says where it came from,
-- and each version carries what the filters of the change feed find it by.

-- The source, or the names of the files, that a revision was read from; NULL where somebody wrote it by hand.
ALTER TABLE revisions ADD COLUMN source text CHECK (source <> '');

DROP FUNCTION begin_revision(text, text);
-- One writer at a time: the lock is held to the end of the transaction, so a reader that has seen
-- revision N has seen all before it. A clock that goes back does not make time go back here.
CREATE FUNCTION begin_revision(by_actor text, for_reason text, from_source text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
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

-- What a change is found by: kind, action, platform, department, and the region with all above it, each with a mark.
CREATE FUNCTION change_facets(kind text, action text, platform text, department_id text, region_path text)
RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_to_tsvector(
        array_remove(ARRAY['k' || kind, 'a' || action, 'p' || platform, 'd' || department_id], NULL)
        -- Text alone and no subquery, so that the function is put in where it is called.
        || string_to_array('r' || replace(rtrim(region_path, '/'), '/', '/r'), '/'))
$$;

ALTER TABLE versions
    DROP CONSTRAINT versions_kind_check,
    ADD CONSTRAINT versions_kind_check
        CHECK (kind IN ('account', 'department', 'handle', 'platform', 'region', 'source')),
    -- The heir as it was then: the heir may be merged in its turn, and what was told stays as it was told.
    ADD COLUMN replaced_by text COLLATE "C",
    -- Of the record after the change; NULL when it went.
    ADD COLUMN facets tsvector,
    -- Of the record before it, where they were others: what moves out of a region is news for who reads that region.
    ADD COLUMN facets_before tsvector;

WITH told AS (
    SELECT v.revision, v.sequence, v.kind, v.id, v.action, v.record IS NOT NULL AS is_there,
           CASE v.kind WHEN 'account' THEN d.document ->> 'platform' WHEN 'platform' THEN v.id END AS platform,
           CASE v.kind WHEN 'account' THEN d.document #>> '{department,id}' WHEN 'department' THEN v.id
           END AS department_id,
           CASE WHEN v.kind IN ('account', 'department')
                THEN (SELECT path FROM regions WHERE code = d.document #>> '{region,code}')
                WHEN v.kind = 'region'
                THEN (SELECT string_agg(code, '/' ORDER BY place)
                        FROM json_array_elements_text(d.document -> 'path') WITH ORDINALITY AS c (code, place))
           END AS region_path
      FROM versions AS v, LATERAL (SELECT v.record::json AS document) AS d
), found AS (
    SELECT revision, sequence,
           CASE WHEN is_there THEN change_facets(kind, action, platform, department_id, region_path) END AS facets,
           CASE WHEN lag(is_there) OVER life
                THEN change_facets(kind, action, lag(platform) OVER life, lag(department_id) OVER life,
                                   lag(region_path) OVER life) END AS facets_before
      FROM told WINDOW life AS (PARTITION BY kind, id ORDER BY revision, sequence)
)
UPDATE versions AS v
   SET facets = f.facets, facets_before = nullif(f.facets_before, f.facets),
       replaced_by = (SELECT t.heir_id FROM tombstones AS t
                       WHERE v.action = 'merge' AND (t.kind, t.id) = (v.kind, v.id))
  FROM found AS f
 WHERE (v.revision, v.sequence) = (f.revision, f.sequence);
ALTER TABLE versions ADD CONSTRAINT versions_replaced_by CHECK (replaced_by IS NULL OR action = 'merge');

-- The change before a change is found by the sequence too: a record may change twice in one revision.
DROP INDEX versions_record;
CREATE INDEX versions_record ON versions (kind, id, revision, sequence);
CREATE INDEX versions_facets ON versions USING gin (facets, facets_before) WITH (fastupdate = off);

-- Statement triggers of every registry table: what was written becomes versions of this revision.
-- The key column's name is the trigger's argument; the record is the stored public JSON.
CREATE OR REPLACE FUNCTION record_versions() RETURNS trigger LANGUAGE plpgsql AS $$
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
END $$;

-- A handle is a record: an id that the public knows it by (of the same numbers as all ids, so that no two are alike),
-- its JSON, and where its account belonged when it changed last.
ALTER TABLE handles
    ADD COLUMN public_id text COLLATE "C" NOT NULL DEFAULT new_id()
        CONSTRAINT handles_public_id UNIQUE CHECK (public_id ~ '^[0-9b-z]{7}$'),
    ADD COLUMN department_id text COLLATE "C",
    ADD COLUMN region_path text COLLATE "C",
    -- No foreign key: it is only ever current_revision(), as in accounts.
    ADD COLUMN revision bigint,
    ADD COLUMN document text;
ALTER TABLE handles ALTER COLUMN document SET STATISTICS 0;

CREATE FUNCTION document_handle() RETURNS trigger LANGUAGE plpgsql SET timezone = 'UTC' AS $$
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
CREATE TRIGGER document BEFORE INSERT OR UPDATE ON handles
    FOR EACH ROW EXECUTE FUNCTION document_handle();

-- What a registry in use has becomes known as records in one revision.
DO $$
BEGIN
    IF EXISTS (SELECT FROM handles) THEN
        PERFORM begin_revision('directory', 'handles are records of their own');
        UPDATE handles SET handle = handle;
        INSERT INTO versions (revision, sequence, kind, id, action, record, facets)
        SELECT revision, row_number() OVER (ORDER BY public_id), 'handle', public_id, 'create', document,
               change_facets('handle', 'create', platform, department_id, region_path)
          FROM handles;
    END IF;
END $$;
ALTER TABLE handles ALTER COLUMN revision SET NOT NULL, ALTER COLUMN document SET NOT NULL;

CREATE TRIGGER versions_insert AFTER INSERT ON handles REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION record_versions('handle', 'public_id');
CREATE TRIGGER versions_update AFTER UPDATE ON handles REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION record_versions('handle', 'public_id');
CREATE TRIGGER versions_delete AFTER DELETE ON handles REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION record_versions('handle', 'public_id');
-- Triggers fire in the order of their names: a new account is told before its handle, and what a department or a
-- region is called now before the accounts that say it.
ALTER TRIGGER accounts_follow ON departments RENAME TO with_accounts_follow;
ALTER TRIGGER accounts_follow ON regions RENAME TO with_accounts_follow;
ALTER TRIGGER handles_insert ON accounts RENAME TO with_handles_insert;
ALTER TRIGGER handles_update ON accounts RENAME TO with_handles_update;
ALTER TRIGGER handles_delete ON accounts RENAME TO with_handles_delete;

-- Intervals that came together in a merge, made the life of one account: of one handle without a break between them
-- they are one, and none begins before the one that ended earlier. Those that go leave word which one they are now.
CREATE OR REPLACE FUNCTION settle_handles(ids text[]) RETURNS void LANGUAGE sql AS $$
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
