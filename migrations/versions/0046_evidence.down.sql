DROP TRIGGER before_document_end_proofs ON accounts;
DROP FUNCTION end_proofs();
DROP TABLE proof_checks;
DROP TABLE account_evidence;
