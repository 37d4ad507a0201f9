"""Accounts, handles, statements and observations."""

from directory.database.migrations import run

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0003_accounts.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0003_accounts.down.sql")
