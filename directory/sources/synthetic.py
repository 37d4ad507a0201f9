"""The source of invented accounts."""

from typing import Final

# The source of accounts that `directory sample` invents; a registry holds them or real ones, never both.
SYNTHETIC: Final = "synthetic"
