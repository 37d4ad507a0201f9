ALTER TRIGGER with_accounts_follow ON departments RENAME TO accounts_follow;
ALTER TRIGGER with_accounts_follow ON regions RENAME TO accounts_follow;
ALTER TRIGGER with_handles_insert ON accounts RENAME TO handles_insert;
ALTER TRIGGER with_handles_update ON accounts RENAME TO handles_update;
ALTER TRIGGER with_handles_delete ON accounts RENAME TO handles_delete;
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
               (array_agg(valid_from ORDER BY valid_to NULLS LAST, valid_from NULLS FIRST, id))[1] AS valid_from,
               array_agg(id) AS members
          FROM numbered GROUP BY account_id, handle_key, spell HAVING count(*) > 1
    ), gone AS (
        DELETE FROM handles AS h USING spell AS s WHERE h.id = ANY (s.members) AND h.id <> s.kept
    )
    UPDATE handles AS h SET valid_from = s.valid_from FROM spell AS s WHERE h.id = s.kept;

    UPDATE handles AS h SET valid_from = o.earlier
      FROM (SELECT id, lag(valid_to) OVER (
                       PARTITION BY account_id ORDER BY valid_to NULLS LAST, valid_from NULLS FIRST, id) AS earlier
              FROM handles WHERE account_id = ANY (ids)) AS o
     WHERE h.id = o.id AND o.earlier > coalesce(h.valid_from, '-infinity');
$$;
DROP TRIGGER versions_insert ON handles;
DROP TRIGGER versions_update ON handles;
DROP TRIGGER versions_delete ON handles;
DROP TRIGGER document ON handles;
DROP FUNCTION document_handle();
ALTER TABLE handles DROP COLUMN document, DROP COLUMN revision, DROP COLUMN region_path, DROP COLUMN department_id,
    DROP COLUMN public_id;
CREATE OR REPLACE FUNCTION record_versions() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    kind_name CONSTANT text := TG_ARGV[0];
    key_name CONSTANT text := TG_ARGV[1];
    changed_rows text;
BEGIN
    -- Nothing changed, so nothing is recorded, and no revision is asked for.
    changed_rows := CASE TG_OP
        WHEN 'INSERT' THEN format(
            'SELECT %1$I AS id, ''create'' AS action, document AS record FROM new_rows', key_name)
        WHEN 'UPDATE' THEN format(
            'SELECT n.%1$I, ''update'', n.document FROM new_rows n JOIN old_rows o USING (%1$I)
              WHERE n.document IS DISTINCT FROM o.document', key_name)
        ELSE format(
            'SELECT o.%1$I AS id, CASE WHEN t.heir_id IS NULL THEN ''delete'' ELSE ''merge'' END AS action,
                    NULL::text AS record
               FROM old_rows o LEFT JOIN tombstones t ON t.kind = %2$L AND t.id = o.%1$I', key_name, kind_name)
        END;
    EXECUTE format(
        'INSERT INTO versions (revision, sequence, kind, id, action, record)
         SELECT current_revision(), (row_number() OVER (ORDER BY c.id))::integer + latest.sequence,
                %L, c.id, c.action, c.record
           FROM (%s) AS c (id, action, record),
                (SELECT coalesce(max(sequence), 0) AS sequence FROM versions
                  WHERE revision = nullif(current_setting(''directory.revision'', true), '''')::bigint) AS latest',
        kind_name, changed_rows);
    RETURN NULL;
END $$;
DROP INDEX versions_facets;
DELETE FROM versions WHERE kind = 'handle';
DELETE FROM tombstones WHERE kind = 'handle';
ALTER TABLE versions DROP COLUMN facets_before, DROP COLUMN facets, DROP COLUMN replaced_by,
    DROP CONSTRAINT versions_kind_check,
    ADD CONSTRAINT versions_kind_check CHECK (kind IN ('account', 'department', 'platform', 'region', 'source'));
DROP INDEX versions_record;
CREATE INDEX versions_record ON versions (kind, id, revision);
DROP FUNCTION change_facets(text, text, text, text, text);
DROP FUNCTION begin_revision(text, text, text);
CREATE FUNCTION begin_revision(by_actor text, for_reason text) RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    latest revisions;
    next_revision bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(7233192046137041780);
    SELECT * INTO latest FROM revisions ORDER BY revision DESC LIMIT 1;
    next_revision := coalesce(latest.revision, 0) + 1;
    INSERT INTO revisions (revision, at, actor, reason)
    VALUES (next_revision, greatest(clock_timestamp(), latest.at), by_actor, for_reason);
    PERFORM set_config('directory.revision', next_revision::text, true);
    PERFORM pg_notify('directory_revision', next_revision::text);
    RETURN next_revision;
END $$;
ALTER TABLE revisions DROP COLUMN source;
