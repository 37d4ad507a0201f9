-- The values stay as they were corrected, until a source states others.
DELETE FROM account_decisions WHERE statement IS NOT NULL;
DROP VIEW decisions_in_force;
ALTER TABLE account_decisions
    DROP CONSTRAINT account_decisions_statement,
    DROP COLUMN statement,
    DROP CONSTRAINT account_decisions_field_check,
    ADD CONSTRAINT account_decisions_field_check CHECK (field IN ('status', 'department'));
COMMENT ON COLUMN account_decisions.field IS '`status` (with `closed_on`) or `department`.';

CREATE VIEW decisions_in_force AS
SELECT DISTINCT ON (account_id, field) account_id, field, status, closed_on, department_id, id
  FROM account_decisions WHERE withdrawn_in IS NULL
 ORDER BY account_id, field, id DESC;
COMMENT ON VIEW decisions_in_force IS 'The decision of each field that holds now.';
