"""How many bodies of a kind a region should have, as reference data."""

from directory.database.migrations import run

revision = "0031"
down_revision = "0030"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0031_expected_counts.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0031_expected_counts.down.sql")
