"""The refusal of a change of a handle."""

from directory.refusals import Refused


class ChangeRefused(Refused):
    """A change was refused and nothing was written."""
