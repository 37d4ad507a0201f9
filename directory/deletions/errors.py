"""Why a deletion is refused: what is wrong, and what to do about it."""


class DeletionRefused(Exception):  # noqa: N818 - the name of the outcome
    """A deletion was refused and nothing was written; `code` keeps its meaning, `remedy` says what to do."""

    def __init__(self, code: str, message: str, remedy: str) -> None:
        super().__init__(f"{message}; {remedy}")
        self.code = code
        self.message = message
        self.remedy = remedy
