"""What probes of public profiles found, and the statuses that follow from it."""

from directory.database.migrations import run

revision = "0032"
down_revision = "0031"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0032_probes.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0032_probes.down.sql")
