CREATE TABLE expected_counts (
    region_code text COLLATE "C" NOT NULL REFERENCES regions (code),
    kind text COLLATE "C" NOT NULL,
    name text NOT NULL,
    department_type text COLLATE "C" NOT NULL REFERENCES department_types (slug),
    expected integer NOT NULL CHECK (expected > 0),
    counted_on date NOT NULL,
    source text NOT NULL,
    regions text[] NOT NULL DEFAULT '{}',
    bodies jsonb NOT NULL DEFAULT '[]',
    is_own boolean NOT NULL DEFAULT false,
    PRIMARY KEY (region_code, kind, is_own)
);
COMMENT ON TABLE expected_counts IS 'How many bodies of a kind a region should have: reference data, which a start brings up to the program, and the operator''s own.';
COMMENT ON COLUMN expected_counts.kind IS 'A slug, such as `municipality`.';
COMMENT ON COLUMN expected_counts.counted_on IS 'The day for which the source states the number.';
COMMENT ON COLUMN expected_counts.source IS 'Who states it, and where.';
COMMENT ON COLUMN expected_counts.regions IS 'The regions that each have one such body; empty where the bodies are not those of regions.';
COMMENT ON COLUMN expected_counts.bodies IS 'The bodies where their names are known: objects with `name`, and `keys`, the folded names that departments have.';
COMMENT ON COLUMN expected_counts.is_own IS 'Whether the operator states it, in place of the program''s count of the same region and kind.';

CREATE VIEW current_expected_counts AS
SELECT region_code, kind, name, department_type, expected, counted_on, source, regions, bodies
  FROM expected_counts AS e
 WHERE is_own OR NOT EXISTS (SELECT FROM expected_counts AS o
                              WHERE (o.region_code, o.kind) = (e.region_code, e.kind) AND o.is_own);
COMMENT ON VIEW current_expected_counts IS 'The expected counts that hold: the operator''s own, and the program''s of other regions and kinds.';
-- It tells whether the rows of this table are current, too, and is computed again.
DELETE FROM reference_digest;
COMMENT ON COLUMN reference_digest.content IS
    'Digest of the rows of regions, platforms, department_types, expected_counts and sources.';
