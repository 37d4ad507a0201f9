DROP TABLE import_verdicts, import_chunks, imports;
