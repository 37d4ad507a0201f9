DROP FUNCTION probed_status(text, text);
DROP TABLE account_probes;
