-- The life of handles: who gave which up, who may take it up again, and what merged accounts leave to their heirs.

-- The revision that ended the interval: a clearance lifts the quarantine of releases before it, whatever day they bear.
ALTER TABLE handles ADD COLUMN released_in bigint;
UPDATE handles AS h SET released_in = (SELECT r.revision FROM revisions AS r WHERE r.at <= h.valid_to
                                        ORDER BY r.at DESC, r.revision DESC LIMIT 1)
 WHERE h.valid_to IS NOT NULL;
-- An interval may be empty: two changes at one time of the clock, or a handle known of two records that were one account.
ALTER TABLE handles DROP CONSTRAINT handles_check,
    ADD CONSTRAINT handles_interval CHECK (valid_from <= valid_to),
    ADD CONSTRAINT handles_released_in CHECK ((valid_to IS NULL) = (released_in IS NULL));

CREATE TABLE handle_clearances (
    platform text COLLATE "C" NOT NULL REFERENCES platforms,
    handle_key text COLLATE "C" NOT NULL,
    -- NULL: for whoever takes it up.
    account_id text COLLATE "C",
    -- Who lifted the quarantine, when and why is told there.
    revision bigint NOT NULL DEFAULT current_revision() REFERENCES revisions,
    PRIMARY KEY (platform, handle_key, revision)
);
CREATE INDEX handle_clearances_account ON handle_clearances (account_id) WHERE account_id IS NOT NULL;
COMMENT ON TABLE handle_clearances IS
    'Released handles that an operator has cleared for use by others: releases up to that revision hold nobody off.';

CREATE VIEW handle_quarantines AS
    SELECT h.platform, h.handle_key, h.handle, h.account_id AS released_by, h.valid_to AS released_at,
           ARRAY(SELECT c.account_id FROM handle_clearances AS c
                  WHERE (c.platform, c.handle_key) = (h.platform, h.handle_key)
                    AND c.revision > h.released_in AND c.account_id IS NOT NULL) AS cleared_for
      FROM handles AS h
     WHERE h.valid_to IS NOT NULL
       AND NOT EXISTS (SELECT FROM handle_clearances AS c
                        WHERE (c.platform, c.handle_key) = (h.platform, h.handle_key)
                          AND c.revision > h.released_in AND c.account_id IS NULL);
COMMENT ON VIEW handle_quarantines IS
    'Releases that hold others off: a handle is quarantined for every account but `released_by` and `cleared_for`.';

-- A new handle opens an interval; a rename or a release closes the old one at the time of the revision.
CREATE OR REPLACE FUNCTION keep_handles() RETURNS trigger LANGUAGE plpgsql AS $$
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
-- Intervals that came together in a merge, made the life of one account: of one handle without a break between them
-- they are one, and none begins before the one that ended earlier.
CREATE FUNCTION settle_handles(ids text[]) RETURNS void LANGUAGE sql AS $$
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

-- What merges have closed so far was no release: the heirs held these handles all along.
UPDATE handles AS h SET account_id = t.heir_id
  FROM tombstones AS t WHERE t.kind = 'account' AND t.id = h.account_id AND t.heir_id IS NOT NULL;
SELECT settle_handles(ARRAY(SELECT DISTINCT heir_id FROM tombstones WHERE kind = 'account' AND heir_id IS NOT NULL));
