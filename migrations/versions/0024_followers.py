"""Followers and observations apart from accounts, which an observation no longer rewrites."""

from directory.database.migrations import run

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0024_followers.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0024_followers.down.sql")
