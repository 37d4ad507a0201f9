"""Changes that somebody proposes and a moderator decides."""

from directory.database.migrations import run

revision = "0061"
down_revision = "0057"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0061_proposals.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0061_proposals.down.sql")
