DROP TABLE departments, department_types, platforms, regions, sources;
DROP FUNCTION document_department();
DROP FUNCTION document_platform();
DROP FUNCTION document_end(bigint, timestamptz, timestamptz);
DROP FUNCTION document_region();
DROP FUNCTION document_source();
