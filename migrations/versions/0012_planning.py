"""What the planner knows of terms, and indexes: one for what went, one less for handles."""

from directory.database.migrations import run

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0012_planning.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0012_planning.down.sql")
