"""Finished answers, kept in front of the application: the same question at the same revision is not worked on twice."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import NamedTuple

from directory.database.revisions import State

# What a kept answer costs beside its texts: the objects that hold them.
_OVERHEAD_BYTES = 1000
# No single answer takes more than this part of the room.
_MAX_PART_SIZE = 8


class Question(NamedTuple):
    """All that a cacheable answer depends on beside the revision."""

    path: str
    query_string: str
    accept_encoding: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, headers without those of one request alone, and a body: bytes, or the path of a file that is sent.

    One that is `stored` answers only who asks for the whole of what is stored, and only for a few seconds after `made`
    (by the monotonic clock): what is stored can be removed without a new revision.
    """

    status: int
    headers: list[tuple[str, str]]
    body: bytes | str
    stored: bool = False
    made: float = 0.0

    def header(self, name: str) -> str:
        """Return the value of the header `name` (in lower case), "" if there is none."""
        return next((value for key, value in self.headers if key.lower() == name), "")


class AnswerCache:
    """The answers of one revision, the latest used ones first to stay; for any number of threads."""

    def __init__(self, max_bytes: int) -> None:
        """Keep at most `max_bytes` bytes."""
        self._max_bytes = max_bytes
        self._bytes = 0
        self._state = State(-1)
        self._answers: OrderedDict[Question, Answer] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        """Return the number of answers."""
        return len(self._answers)

    @property
    def size(self) -> int:
        """Return the bytes that the answers take."""
        return self._bytes

    def get(self, question: Question, state: State) -> Answer | None:
        """Return the answer made at a revision, None where none is kept."""
        with self._lock:
            if state != self._state:
                return None
            answer = self._answers.get(question)
            if answer is not None:
                self._answers.move_to_end(question)
            return answer

    def clear(self) -> None:
        """Let all answers go."""
        with self._lock:
            self._answers.clear()
            self._bytes = 0

    def put(self, question: Question, state: State, answer: Answer) -> None:
        """Keep an answer, made at the revision that is the latest now.

        Those of any other revision go, and the longest unused ones if room is needed.
        """
        size = _size(question, answer)
        if size > self._max_bytes // _MAX_PART_SIZE:
            return
        with self._lock:
            # A later one may have the lower number: where the registry was restored from a backup.
            if state != self._state:
                self._answers.clear()
                self._bytes = 0
                self._state = state
            if (old := self._answers.pop(question, None)) is not None:
                self._bytes -= _size(question, old)
            self._answers[question] = answer
            self._bytes += size
            while self._bytes > self._max_bytes:
                self._bytes -= _size(*self._answers.popitem(last=False))


def _size(question: Question, answer: Answer) -> int:
    texts = len(question.path) + len(question.query_string) + len(question.accept_encoding)
    return _OVERHEAD_BYTES + texts + len(answer.body) + sum(len(key) + len(value) for key, value in answer.headers)
