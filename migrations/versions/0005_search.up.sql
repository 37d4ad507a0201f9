-- Finding accounts: the terms under which each stands, cut by directory.search when its row is written, and the
-- vocabularies that lead from pinyin and from mistyped words to terms that occur.

DROP TRIGGER names_and_handles_insert ON accounts;
DROP TRIGGER names_and_handles_update ON accounts;
DROP TRIGGER names_and_handles_delete ON accounts;
DROP FUNCTION keep_names_and_handles();
DROP TABLE account_names;

-- A new handle opens an interval; a rename closes the old one at the time of the revision.
CREATE FUNCTION keep_handles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO handles (account_id, platform, handle, handle_key, valid_from)
        SELECT n.id, n.platform, n.handle, n.handle_key, r.released_at
          FROM new_rows AS n LEFT JOIN released_handles AS r USING (platform, handle_key)
         WHERE n.handle_key IS NOT NULL ORDER BY n.id;
        RETURN NULL;
    END IF;
    IF TG_OP = 'DELETE' THEN
        UPDATE handles AS h SET valid_to = r.at
          FROM old_rows AS o, revisions AS r
         WHERE h.account_id = o.id AND h.valid_to IS NULL AND r.revision = current_revision();
        RETURN NULL;
    END IF;
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
CREATE TRIGGER handles_insert AFTER INSERT ON accounts REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_handles();
CREATE TRIGGER handles_update AFTER UPDATE ON accounts REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_handles();
CREATE TRIGGER handles_delete AFTER DELETE ON accounts REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION keep_handles();

-- Of two accounts that match equally well the first is the one with more followers, then the one in use, then the
-- one of which the query tells more: the one with the shorter name.
CREATE FUNCTION search_reach(followers bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT coalesce(followers, -1) $$;

CREATE FUNCTION search_standing(status text) RETURNS smallint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (CASE status WHEN 'active' THEN 0 WHEN 'unknown' THEN 1 WHEN 'dormant' THEN 2 WHEN 'suspended' THEN 3
            ELSE 4 END)::smallint
$$;

-- That order in coarse steps, 0 to 143, higher is earlier: an account in a higher band comes before all in lower ones,
-- so the first page of a frequent word is found among the few accounts of the highest bands. Powers of two of
-- followers; where nobody counted, the status and the length of the name in pairs of characters.
CREATE FUNCTION search_band(reach bigint, standing smallint, brevity smallint) RETURNS smallint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (CASE WHEN reach >= 0 THEN 100 + least(floor(log(2, reach + 1)), 43)
            ELSE (4 - standing) * 20 + 19 - least(brevity / 2, 19) END)::smallint
$$;

CREATE TABLE account_search (
    account_id text COLLATE "C" PRIMARY KEY,
    -- What directory.search.terms cuts of names, handle and department; what the marks mean stands there.
    terms tsvector NOT NULL,
    -- What the account is found among: platform (p), region and all above (r), department type (t), status (s),
    -- verification (v), subject (u), band (b) and eight neighbouring bands (g).
    facets tsvector NOT NULL,
    -- Forms of the handle by which look-alikes of it are found: directory.lookalikes.keys.
    look_alikes text[] COLLATE "C" NOT NULL,
    -- Folded names, handle and department, a line each with blanks around every word: against it is checked what
    -- terms alone cannot tell, such as the order of words.
    texts text NOT NULL,
    reach bigint NOT NULL,
    standing smallint NOT NULL,
    -- Characters of the shortest name.
    brevity smallint NOT NULL,
    band smallint NOT NULL GENERATED ALWAYS AS (search_band(reach, standing, brevity)) STORED
);
COMMENT ON TABLE account_search IS 'The terms under which each account is found, cut anew when its names change.';
-- A reader must not wait for a pending list to be searched, so the writer puts its terms in their place at once.
CREATE INDEX account_search_terms ON account_search USING gin (terms, facets) WITH (fastupdate = off);
CREATE INDEX account_search_look_alikes ON account_search USING gin (look_alikes) WITH (fastupdate = off);
-- The shares of the three thousand most frequent terms, by which a search is narrowed, and of all bands.
ALTER TABLE account_search ALTER COLUMN terms SET STATISTICS 300;
ALTER TABLE account_search ALTER COLUMN facets SET STATISTICS 0;
ALTER TABLE account_search ALTER COLUMN look_alikes SET STATISTICS 0;
ALTER TABLE account_search ALTER COLUMN texts SET STATISTICS 0;
ALTER TABLE account_search ALTER COLUMN band SET STATISTICS 144;

CREATE TABLE search_pending (account_id text COLLATE "C" PRIMARY KEY);
COMMENT ON TABLE search_pending IS 'Accounts whose terms are yet to be cut: written by triggers, emptied by the writer.';

CREATE TABLE search_readings (
    -- Pinyin of a character or of two, without tones, a blank between: `bei jing`.
    reading text COLLATE "C" NOT NULL,
    characters text COLLATE "C" NOT NULL,
    -- In the order of their commits, since one writer writes at a time: who has read some reads on from there.
    position bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    PRIMARY KEY (reading, characters)
);
COMMENT ON TABLE search_readings IS 'Chinese characters and pairs of them that occur, by each of their readings.';

CREATE TABLE search_words (
    -- A part of the word with its place and the word's length: a mistyped word shares one with the word meant.
    part text COLLATE "C" NOT NULL,
    word text COLLATE "C" NOT NULL,
    PRIMARY KEY (part, word)
);
COMMENT ON TABLE search_words IS 'Words that occur, by the parts that directory.search.spelling makes of them.';

CREATE FUNCTION search_facets(account accounts, band smallint) RETURNS tsvector
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT array_to_tsvector(
        ARRAY['p' || (account).platform, 's' || (account).status, 'v' || (account).verification,
              'u' || (account).subject, 'b' || band, 'g' || band / 8]
        || CASE WHEN (account).department_type IS NULL THEN '{}' ELSE ARRAY['t' || (account).department_type] END
        || CASE WHEN (account).region_path IS NULL THEN '{}' ELSE ARRAY(
               SELECT 'r' || code FROM unnest(string_to_array(rtrim((account).region_path, '/'), '/')) AS code) END)
$$;

-- The best of the tiers that an account matches, from 0; NULL for none. Inlined where it is called.
CREATE FUNCTION search_tier(terms tsvector, texts text, tiers tsquery[], checks text[]) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN terms @@ tiers[1] AND (checks[1] IS NULL OR texts ~ checks[1]) THEN 0
                WHEN terms @@ tiers[2] AND (checks[2] IS NULL OR texts ~ checks[2]) THEN 1
                WHEN terms @@ tiers[3] AND (checks[3] IS NULL OR texts ~ checks[3]) THEN 2
                WHEN terms @@ tiers[4] AND (checks[4] IS NULL OR texts ~ checks[4]) THEN 3
                WHEN terms @@ tiers[5] AND (checks[5] IS NULL OR texts ~ checks[5]) THEN 4
                WHEN terms @@ tiers[6] AND (checks[6] IS NULL OR texts ~ checks[6]) THEN 5
                WHEN terms @@ tiers[7] AND (checks[7] IS NULL OR texts ~ checks[7]) THEN 6
                WHEN terms @@ tiers[8] AND (checks[8] IS NULL OR texts ~ checks[8]) THEN 7 END
$$;

CREATE FUNCTION search_anything(tiers tsquery[]) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT string_agg(format('(%s)', tier), '|')::tsquery FROM unnest(tiers) AS tier WHERE tier IS NOT NULL
$$;

-- One page of a search. `tiers` are the ways to match, the best first, each with a regular expression that `texts` must
-- match too, or NULL; an account is of the best tier that it matches. `narrow`: for each tier what the index is asked
-- for, which all of its matches have. `never`: an expression that excludes, or NULL. `among`: what facets must be, or
-- NULL. Tiers are read in groups: `firsts` are the first tiers of each, from 0; one that is `walked` has so many matches
-- that it is read band by band from the highest down, until the page is full. `chunks` are those bands as facets, with
-- the lowest of each in `floors`; the last floor has no chunk and stands for all below.
CREATE FUNCTION search_page(
    tiers tsquery[], narrow tsquery[], checks text[], never text, among tsquery, firsts integer[], walked boolean[],
    chunks tsquery[], floors integer[],
    after_tier integer, after_reach bigint, after_standing integer, after_brevity integer, after_id text, most integer
) RETURNS TABLE (account_id text, tier integer, reach bigint, standing smallint, brevity smallint)
-- The plan is the same for all values: by the index, then sorted. Planned anew it would take longer than it runs.
LANGUAGE plpgsql STABLE ROWS 25 SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
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

-- What is not cut from names follows the account at once; names are cut by the program, which is told by
-- `search_pending`.
CREATE FUNCTION follow_search() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER search_insert AFTER INSERT ON accounts REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION follow_search();
CREATE TRIGGER search_update AFTER UPDATE ON accounts REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION follow_search();
CREATE TRIGGER search_delete AFTER DELETE ON accounts REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION follow_search();

CREATE FUNCTION follow_department_search() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_pending (account_id)
    SELECT a.id FROM new_rows AS n JOIN old_rows AS o USING (id) JOIN accounts AS a ON a.department_id = n.id
     WHERE n.name <> o.name
        ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER search_follow AFTER UPDATE ON departments REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION follow_department_search();

-- A registry that is there already is cut at the program's next start.
INSERT INTO search_pending (account_id) SELECT id FROM accounts;
