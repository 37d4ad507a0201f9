"""Scopes of tokens, and the regions and departments that they are narrowed to."""

from directory.database.migrations import run

revision = "0040"
down_revision = "0036"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0040_token_places.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0040_token_places.down.sql")
