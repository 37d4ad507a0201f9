"""More of what is observed, and old months of the series packed: a row for each account, source and month."""

from directory.database.migrations import run

revision = "0033"
down_revision = "0032"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0033_observations.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0033_observations.down.sql")
