"""From files to records: encodings, formats, headers, columns, and the layouts of rows."""
