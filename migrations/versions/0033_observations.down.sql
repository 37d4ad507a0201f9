-- Packed months are rows again; what is observed since 0033 alone (following, the mark, what is no count) is lost.
SELECT unpack_observations(array_agg(DISTINCT account_id)) FROM observation_blocks;
DROP VIEW observation_series;
DROP FUNCTION unpack_observations;
DROP TABLE observation_blocks;
DROP INDEX observations_revision;
ALTER TABLE observations DROP COLUMN following, DROP COLUMN verified, DROP COLUMN stated;

CREATE OR REPLACE FUNCTION update_account_followers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO account_followers (account_id, platform, division) SELECT id, platform, division FROM new_rows;
    ELSIF TG_OP = 'UPDATE' THEN
        UPDATE account_followers AS f SET (platform, division) = (n.platform, n.division)
          FROM new_rows AS n JOIN old_rows AS o USING (id)
         WHERE f.account_id = n.id AND (n.platform, n.division) IS DISTINCT FROM (o.platform, o.division);
    ELSE
        INSERT INTO account_follower_states
               (account_id, from_revision, to_revision, followers, followers_at, last_post_at)
        SELECT f.account_id, f.revision, current_revision(), f.followers, f.followers_at, f.last_post_at
          FROM account_followers AS f JOIN old_rows AS o ON o.id = f.account_id
         WHERE f.revision > 0 AND f.revision < current_revision()
            ON CONFLICT DO NOTHING;
        DELETE FROM account_followers AS f USING old_rows AS o WHERE f.account_id = o.id;
        DELETE FROM observations AS s USING old_rows AS o WHERE s.account_id = o.id;
    END IF;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION update_account_followers() IS
    'Begin and end the latest counts of accounts. Writes: account_followers, account_follower_states, observations.';
