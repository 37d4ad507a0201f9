"""An index of observations by time, with which all counts of a day are read together."""

from directory.database.migrations import run

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0034_observation_times.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0034_observation_times.down.sql")
