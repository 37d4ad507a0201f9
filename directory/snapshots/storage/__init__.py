"""Where snapshots are stored: a local folder or an S3-compatible bucket."""
