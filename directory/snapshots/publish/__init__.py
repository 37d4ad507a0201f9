"""Building and publishing snapshots: manifest, signature, schedule, retention."""
