"""Statements say when their source listed an account and when it stopped; accounts show who stopped last."""

from directory.database.migrations import run

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0018_withdrawals.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0018_withdrawals.down.sql")
