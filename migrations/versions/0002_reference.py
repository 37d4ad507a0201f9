"""Reference tables."""

from directory.database.migrations import run

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0002_reference.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0002_reference.down.sql")
