"""The refusal of a deletion."""

from directory.refusals import Refused


class DeletionRefused(Refused):
    """A deletion was refused and nothing was written."""
