"""External ids of departments, and the hosts of their websites; names of departments that were merged."""

from directory.database.migrations import run

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0030_external_ids.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0030_external_ids.down.sql")
