"""The refusal of an operation on the registry."""


class Refused(Exception):  # noqa: N818 - the name of the outcome
    """An operation was refused and nothing was written. `code` is stable; `remedy` says what to do."""

    def __init__(self, code: str, message: str, remedy: str) -> None:
        super().__init__(f"{message}; {remedy}")
        self.code = code
        self.message = message
        self.remedy = remedy
