-- What was accepted is in the records and in the revisions, whose reasons name the proposals.
DROP VIEW proposal_records;
DROP TABLE proposals;
