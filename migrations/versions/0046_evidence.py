"""Evidence of who owns accounts, and when it is checked again."""

from directory.database.migrations import run

revision = "0046"
down_revision = "0045"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0046_evidence.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0046_evidence.down.sql")
