-- The status and the department of accounts stay as they were decided, until a source states others.
DROP FUNCTION decided_status(text, text, text);
DROP VIEW decisions_in_force;
DROP TABLE account_decisions;
