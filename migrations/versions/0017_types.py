"""Accounts of bodies that are not named can have a type."""

from directory.database.migrations import run

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0017_types.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0017_types.down.sql")
