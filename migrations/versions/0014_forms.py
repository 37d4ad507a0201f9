"""Forms of Chinese characters and of kana are folded to one."""

from directory.database.migrations import run

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Apply the .up.sql file."""
    run("0014_forms.up.sql")


def downgrade() -> None:
    """Take it back by the .down.sql file."""
    run("0014_forms.down.sql")
