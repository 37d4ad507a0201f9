"""A digest of the reference data, so that a start need not compare all of them."""

from directory.database.migrations import run

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0027_reference_digest.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0027_reference_digest.down.sql")
