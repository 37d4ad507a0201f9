"""${message}."""

from directory.database.migrations import run

revision = "${up_revision}"
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("${up_revision}_${message}.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("${up_revision}_${message}.down.sql")
