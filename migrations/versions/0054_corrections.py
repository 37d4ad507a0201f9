"""What editors say of accounts, field by field, above all sources."""

from directory.database.migrations import run

revision = "0054"
down_revision = "0053"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0054_corrections.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0054_corrections.down.sql")
