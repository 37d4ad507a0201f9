"""Changes as readers follow them: handles as records, where a write came from, what filters find a change by."""

from directory.database.migrations import run

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0008_changes.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0008_changes.down.sql")
