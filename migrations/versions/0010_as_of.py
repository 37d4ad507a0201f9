"""The registry as of an earlier revision: states of accounts, of handles, of counts and of terms."""

from directory.database.migrations import run

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0010_as_of.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0010_as_of.down.sql")
