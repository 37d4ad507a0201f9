"""Regions with other names, days of beginning and end, what they became, and the forms they are found by."""

from directory.database.migrations import run

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0013_regions.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0013_regions.down.sql")
