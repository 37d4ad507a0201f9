"""The refusal of an operation on an account."""

from directory.refusals import Refused


class OperationRefused(Refused):
    """An operation is not valid in the state of the account, and nothing was written."""
