"""Why records were deleted, by category, and whom imports may not bring back."""

from directory.database.migrations import run

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0019_deletions.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0019_deletions.down.sql")
