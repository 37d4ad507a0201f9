ALTER FUNCTION build_department_document() RESET enable_seqscan;

CREATE OR REPLACE FUNCTION search_facets(account accounts, rank_band smallint) RETURNS tsvector
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$
    SELECT array_to_tsvector(
        ARRAY['p' || (account).platform, 's' || (account).status, 'v' || (account).verification,
              'u' || (account).subject, 'b' || rank_band, 'g' || rank_band / 8]
        || CASE WHEN (account).department_type IS NULL THEN '{}' ELSE ARRAY['t' || (account).department_type] END
        || CASE WHEN (account).region_path IS NULL THEN '{}' ELSE ARRAY(
               SELECT 'r' || code FROM unnest(string_to_array(rtrim((account).region_path, '/'), '/')) AS code) END)
$$;

ALTER FUNCTION attach_era_partition(integer) RESET default_statistics_target;

CREATE INDEX handles_key ON handles (platform, handle_key);
CREATE INDEX handles_anywhere ON handles (handle_key);
DROP INDEX handles_handle;
