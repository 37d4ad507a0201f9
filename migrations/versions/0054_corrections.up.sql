ALTER TABLE account_decisions
    DROP CONSTRAINT account_decisions_field_check,
    ADD COLUMN statement jsonb,
    ADD CONSTRAINT account_decisions_field_check CHECK (field IN (
        'status', 'department', 'name', 'names', 'description', 'region', 'subject', 'language', 'tags', 'opened_on')),
    ADD CONSTRAINT account_decisions_statement CHECK (
        (field IN ('status', 'department')) = (statement IS NULL) AND jsonb_typeof(statement) = 'object');
COMMENT ON COLUMN account_decisions.field IS '`status` (with `closed_on`), `department`, or a field that an editor corrected.';
COMMENT ON COLUMN account_decisions.statement IS 'What an editor says of the field, in the keys of a statement; null in it: the account is known to have none.';

CREATE OR REPLACE VIEW decisions_in_force AS
SELECT DISTINCT ON (account_id, field) account_id, field, status, closed_on, department_id, id, statement, revision
  FROM account_decisions WHERE withdrawn_in IS NULL
 ORDER BY account_id, field, id DESC;
