"""The base class of problems (RFC 9457), and the entries of their `errors`."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, ClassVar, Final, NotRequired, TypedDict

from flask import Response
from werkzeug.exceptions import HTTPException

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MEDIA_TYPE = "application/problem+json"
_VALUE_LENGTH = 200
# The most entries in `errors` of one document.
MAX_ERRORS: Final = 100
# The most entries with a suggestion ("did you mean"), which costs more than all the rest:
# 198 unknown codes of regions took 4.8 s of the processor when each had one.
MAX_SUGGESTIONS: Final = 5


class ParameterError(TypedDict):
    """What is wrong with one parameter."""

    parameter: str
    value: NotRequired[str]
    detail: str


class BodyError(TypedDict):
    """What is wrong with one place of a body: a JSON pointer (RFC 6901), or a line counted from 1."""

    pointer: NotRequired[str]
    line: NotRequired[int]
    detail: str


def body_error(detail: str, *, pointer: str | None = None, line: int | None = None) -> BodyError:
    """Return one entry of `errors` for a place in a body; a pointer that is very long is cut, as values are."""
    error: BodyError = {"detail": detail}
    if pointer is not None:
        error = {"pointer": pointer[:_VALUE_LENGTH], "detail": detail}
    return {"line": line, **error} if line is not None else error


def parameter_error(parameter: str, value: str | None, detail: str) -> ParameterError:
    """Return one entry of `errors`, its value cut to a length that is fit to be sent back."""
    if value is None:
        return {"parameter": parameter[:_VALUE_LENGTH], "detail": detail}
    return {"parameter": parameter[:_VALUE_LENGTH], "value": value[:_VALUE_LENGTH], "detail": detail}


class Problem(HTTPException):
    """An error with a status and a document; each subclass is one problem type."""

    status: ClassVar[int] = 500
    slug: ClassVar[str]
    title: ClassVar[str]
    # Seconds to wait before the next try, sent as Retry-After.
    retry_after: ClassVar[int | None] = None

    def __init_subclass__(cls) -> None:
        """Derive slug and title: the class name in kebab case, the first line of the docstring."""
        cls.slug = re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower()
        cls.title = (cls.__doc__ or "").partition("\n")[0].strip().rstrip(".")
        cls.code = cls.status
        PROBLEMS[cls.slug] = cls

    def __init__(
        self,
        detail: str,
        *,
        errors: Sequence[ParameterError] = (),
        body_errors: Sequence[BodyError] = (),
        headers: Iterable[tuple[str, str]] = (),
        members: Mapping[str, object] | None = None,
    ) -> None:
        """Describe this occurrence in `detail`; `members` are extension members of the document.

        `errors` are of parameters, `body_errors` of the body.
        """
        super().__init__(detail)
        self.detail = detail
        self.errors = tuple(errors)
        self.body_errors = tuple(body_errors)
        self.headers = list(headers)
        self.members = dict(members or {})

    def document(self, request_id: str | None = None, *, base: str = "") -> dict[str, object]:
        """Return the problem details as a JSON object; `base` is the base URL of this service."""
        document: dict[str, object] = {
            "type": f"{base}/problems/{self.slug}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        if self.errors or self.body_errors:
            document["errors"] = [*self.errors, *self.body_errors][:MAX_ERRORS]
        document.update(self.members)
        if request_id is not None:
            document["request_id"] = request_id
        return document

    def to_response(self, request_id: str, *, base: str = "") -> Response:
        """Return the response for this problem, a JSON document."""
        text = json.dumps(self.document(request_id, base=base), ensure_ascii=False, separators=(",", ":"))
        # A lone surrogate, which JSON can escape and UTF-8 cannot encode, is written as \udXXX.
        return self.add_to(Response(text.encode(errors="backslashreplace"), content_type=MEDIA_TYPE))

    def add_to(self, response: Response) -> Response:
        """Return the response with the status and headers of this problem, with Retry-After where waiting helps."""
        response.status_code = self.status
        response.headers["Cache-Control"] = "no-store"
        # A browser gets a page instead of the document.
        response.headers["Vary"] = "Accept"
        if self.retry_after is not None:
            response.headers["Retry-After"] = str(self.retry_after)
        for name, value in self.headers:
            response.headers[name] = value
        return response


PROBLEMS: dict[str, type[Problem]] = {}
