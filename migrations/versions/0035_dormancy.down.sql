DROP INDEX accounts_unproven;
DROP FUNCTION stated_status(text, text);
ALTER TABLE account_probes DROP CONSTRAINT account_probes_status_check,
    ADD CONSTRAINT account_probes_status_check CHECK (status IN ('active', 'dormant', 'suspended', 'closed'));
UPDATE account_probes AS p SET status = y.status
  FROM account_activity AS y
 WHERE y.account_id = p.account_id AND p.status IS NULL AND p.answered_at IS NOT NULL;
COMMENT ON COLUMN account_probes.status IS 'The status that follows from the answers; NULL: none does.';
DROP TABLE account_activity;
DROP FUNCTION activity_status(timestamptz, date, integer);
