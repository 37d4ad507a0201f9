-- Revisions: the one clock of the registry, and what every record was at each of its ticks.

-- Ids are opaque, permanent and never reused: a sequence number, spread by a multiplication
-- modulo 29^6 (a bijection, so no two are alike), written in the 29 "betanumeric" characters of
-- NOID (digits and consonants: no vowels, so no words; no l) and closed by NOID's check character.
-- Source of alphabet and check: NOID, https://metacpan.org/dist/Noid (Kunze, California Digital Library).
CREATE SEQUENCE id_numbers AS bigint MINVALUE 1 MAXVALUE 594823320 NO CYCLE;

CREATE FUNCTION encode_id(number bigint) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
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

CREATE FUNCTION new_id() RETURNS text
LANGUAGE sql VOLATILE AS $$ SELECT encode_id(nextval('id_numbers')) $$;

CREATE TABLE revisions (
    revision bigint PRIMARY KEY CHECK (revision > 0),
    at timestamptz NOT NULL,
    actor text NOT NULL CHECK (actor <> ''),
    reason text NOT NULL CHECK (reason <> '')
);
CREATE INDEX revisions_at ON revisions (at);
COMMENT ON TABLE revisions IS 'One row a committed change of the registry; commit order is revision order.';

-- One writer at a time: the lock is held to the end of the transaction, so a reader that has seen
-- revision N has seen all before it. A clock that goes back does not make time go back here.
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

-- The revision that this transaction writes; a write outside one is refused.
CREATE FUNCTION current_revision() RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
    setting CONSTANT text := nullif(current_setting('directory.revision', true), '');
BEGIN
    IF setting IS NULL THEN
        RAISE EXCEPTION 'the registry is written only inside begin_revision(actor, reason)'
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    RETURN setting::bigint;
END $$;

CREATE TABLE versions (
    revision bigint NOT NULL REFERENCES revisions,
    sequence integer NOT NULL CHECK (sequence > 0),
    kind text COLLATE "C" NOT NULL
        CHECK (kind IN ('account', 'department', 'platform', 'region', 'source')),
    id text COLLATE "C" NOT NULL,
    action text NOT NULL CHECK (action IN ('create', 'update', 'delete', 'merge')),
    record text,
    PRIMARY KEY (revision, sequence),
    CHECK ((record IS NULL) = (action IN ('delete', 'merge')))
);
ALTER TABLE versions ALTER COLUMN record SET STATISTICS 0;
CREATE INDEX versions_record ON versions (kind, id, revision);
COMMENT ON TABLE versions IS 'Every state of every record: its public JSON after each change; NULL when it went.';

CREATE TABLE tombstones (
    kind text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    heir_id text COLLATE "C",
    revision bigint NOT NULL REFERENCES revisions,
    PRIMARY KEY (kind, id),
    CHECK (heir_id <> id)
);
COMMENT ON TABLE tombstones IS 'Ids that went: merged into an heir, or deleted (no heir). Never reused.';

-- Statement triggers of every registry table: what was written becomes versions of this revision.
-- The key column's name is the trigger's argument; the record is the stored public JSON.
CREATE FUNCTION record_versions() RETURNS trigger
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
