DROP TABLE reference_digest;
