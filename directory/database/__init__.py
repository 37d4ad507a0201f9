"""The database layer: connections, SQL composition, prepared statements, revisions, reads at a point in time."""
