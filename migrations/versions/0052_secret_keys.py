"""Which secret key the hosts of a registry share."""

from directory.database.migrations import run

revision = "0052"
down_revision = "0049"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0052_secret_keys.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0052_secret_keys.down.sql")
