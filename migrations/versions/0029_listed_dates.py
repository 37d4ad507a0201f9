"""What a source stopped listing: dates of lists, and the source that replaced a handle."""

from directory.database.migrations import run

revision = "0029"
down_revision = "0027"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0029_listed_dates.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0029_listed_dates.down.sql")
