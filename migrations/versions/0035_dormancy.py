"""The rule by which accounts are dormant, and an index of accounts without a valid proof."""

from directory.database.migrations import run

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0035_dormancy.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0035_dormancy.down.sql")
