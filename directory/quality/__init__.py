"""Reports on the quality of the records: silent accounts, duplicates, names, proofs, and the age of what is known."""
