"""A mark for each revision, by which it is told from another of its number."""

from directory.database.migrations import run

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0020_marks.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0020_marks.down.sql")
