"""Tokens: who may write by HTTP, and what."""

from directory.database.migrations import run

revision = "0036"
down_revision = "0035"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0036_tokens.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0036_tokens.down.sql")
