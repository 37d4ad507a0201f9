"""Terms under which accounts are found, in place of their folded names."""

from directory.database.migrations import run

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0005_search.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0005_search.down.sql")
