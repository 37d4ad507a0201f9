"""Documents of a bulk insert, written by its own statement and not row by row."""

from directory.database.migrations import run

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0022_imports.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0022_imports.down.sql")
