"""Mistyped words are found by two of four quarters."""

from directory.database.migrations import run

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0011_spelling.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0011_spelling.down.sql")
