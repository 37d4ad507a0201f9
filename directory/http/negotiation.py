"""What the client accepts: media types and content encodings (RFC 9110, section 12)."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from flask import request

from directory.http.problems import NotAcceptable

if TYPE_CHECKING:
    from collections.abc import Sequence

# Clients send few different headers, each with every request.
_HEADERS: Final = 256


def require_acceptable(offered: Sequence[str]) -> None:
    """Raise NotAcceptable if the Accept header of this request excludes all the media types offered.

    For an address that has a choice. Where there is one representation, nobody gains by a refusal: clients send what
    their generator made of all the types in the contract, and a server may disregard Accept (RFC 9110, 12.5.1).
    """
    header = request.environ.get("HTTP_ACCEPT")
    if not header or any(accepts(header, media_type) for media_type in offered):
        return
    raise NotAcceptable(
        f"This endpoint answers as {' or '.join(offered)}, and Accept excludes that.",
        members={"available": list(offered)},
    )


@lru_cache(_HEADERS)
def accepts(header: str, media_type: str) -> bool:
    """Return whether an Accept header admits a media type; the most specific range decides, parameters aside."""
    return quality(header, media_type) > 0


def prefers_html(header: str, others: Sequence[str]) -> bool:
    """Whether an Accept header wants HTML more than each of `others`; `*/*` and no header at all do not."""
    # Most clients do not name it, and are spared the rest.
    if "text/html" not in header.lower():
        return False
    wanted = quality(header, "text/html")
    return all(wanted > quality(header, other) for other in others)


def quality(header: str, media_type: str) -> float:
    """Return how much an Accept header wants a media type, 0 where it does not admit it."""
    main, _, sub = media_type.partition(";")[0].partition("/")
    quality = -1.0
    closeness = -1
    for name, value in _weighted(header):
        range_main, _, range_sub = name.partition("/")
        if range_main not in {main, "*"} or range_sub not in {sub, "*"}:
            continue
        specific = (range_main != "*") + (range_sub != "*")
        if specific > closeness or (specific == closeness and value > quality):
            quality, closeness = value, specific
    return max(quality, 0.0)


def preferred_type(offered: Sequence[str]) -> str:
    """Return the media type that Accept names with the greatest weight, the first offered where it names none."""
    weights = dict(_weighted(request.headers.get("Accept", "")))
    return max(offered, key=lambda media_type: weights.get(media_type, 0.0))


def preferred_encoding(offered: tuple[str, ...]) -> str:
    """Return the best content encoding of those offered that the client accepts, else `identity`.

    The client's weight decides, then the order of `offered`.
    """
    return _prefer(request.environ.get("HTTP_ACCEPT_ENCODING", ""), offered)


@lru_cache(_HEADERS)
def _prefer(header: str, offered: tuple[str, ...]) -> str:
    weights = dict(_weighted(header))
    best, best_weight = "identity", 0.0
    for encoding in offered:
        weight = weights.get(encoding, weights.get("*", 0.0))
        if weight > best_weight:
            best, best_weight = encoding, weight
    return best if best_weight >= weights.get("identity", 0.0) else "identity"


def _weighted(header: str) -> list[tuple[str, float]]:
    """Return the elements of a header with their weights; an element with a bad weight counts as wanted least."""
    elements: list[tuple[str, float]] = []
    for element in header.lower().split(","):
        name, *parameters = (part.strip() for part in element.split(";"))
        weight = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip() == "q":
                try:
                    weight = min(max(float(value), 0.0), 1.0)
                except ValueError:
                    weight = 0.001
        if name:
            elements.append((name, weight))
    return elements
