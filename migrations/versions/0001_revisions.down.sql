DROP FUNCTION record_versions();
DROP TABLE tombstones, versions, revisions;
DROP FUNCTION current_revision();
DROP FUNCTION begin_revision(text, text);
DROP FUNCTION new_id();
DROP FUNCTION encode_id(bigint);
DROP SEQUENCE id_numbers;
