"""Decisions: the status and the department of an account that an operator set."""

from directory.database.migrations import run

revision = "0044"
down_revision = "0040"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0044_account_decisions.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0044_account_decisions.down.sql")
