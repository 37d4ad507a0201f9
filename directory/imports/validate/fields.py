"""Fields of an import that hold more than one word: names, tags, external ids, addresses of websites, sources."""

import json
import re
from collections.abc import Iterator
from typing import Final

from directory.departments.external_ids import InvalidExternalIdError, parse_external_id
from directory.departments.websites import normalize_host
from directory.imports.errors import InvalidValue, show
from directory.imports.values.parsing import TEXT_MAX, parse_text
from directory.imports.values.vocabulary import parse_language

NAMES_MAX: Final = 50
TAGS_MAX: Final = 50
EXTERNAL_IDS_MAX: Final = 50


def parse_names(value: object, unread: dict[str, InvalidValue] | None = None) -> list[dict[str, str]] | None:
    """Return other names: JSON of {name, language} or texts; in a cell also `en: Chengdu Release; zh: 成都发布`.

    A name whose language is not understood is returned without it, and the language is put into `unread`. Raises
    InvalidValue for it if `unread` is None.
    """
    if isinstance(value, str):
        written = parse_text(value, longest=TEXT_MAX)
        if written is None:
            return None
        # Not at commas, which names have themselves.
        value = _parse_list(written) if written.startswith("[") else re.split(r"[;|\uff1b]", written)
    if not isinstance(value, list) or len(value) > NAMES_MAX:
        raise InvalidValue(
            "wrong-type", "it is no list of names", f"give up to {NAMES_MAX} names, each with its language"
        )
    parsed = [name for name in (_name(item, unread) for item in value) if name]
    return parsed or None


def _name(item: object, unread: dict[str, InvalidValue] | None) -> dict[str, str] | None:
    if isinstance(item, dict):
        unknown = item.keys() - {"name", "language"}
        if unknown:
            raise InvalidValue(
                "wrong-type", f"a name has no {min(map(str, unknown))!r}", "give name and language alone"
            )
        name, tag = parse_text(item.get("name")), _language(item.get("language"), unread)
    else:
        name = parse_text(item)
        tag = None
        tagged = re.fullmatch(r"([A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*) ?[:\uff1a] ?(.+)", name or "")
        if tagged:
            name, tag = parse_text(tagged[2]), _language(tagged[1], unread)
    if name is None:
        return None
    return {"name": name, "language": tag} if tag else {"name": name}


def _language(value: object, unread: dict[str, InvalidValue] | None) -> str | None:
    try:
        return parse_language(value)
    except InvalidValue as invalid:
        if unread is None or invalid.is_damaged:
            raise
        unread[show(value)] = invalid
        return None


def parse_tags(value: object) -> list[str] | None:
    """Return tags, a list or a cell separated by ; , | 、, sorted; None if there is none."""
    if isinstance(value, str):
        written = parse_text(value, longest=TEXT_MAX)
        if written is None:
            return None
        value = _parse_list(written) if written.startswith("[") else re.split(r"[;,|、\uff1b\uff0c]", written)
    if not isinstance(value, list) or len(value) > TAGS_MAX:
        raise InvalidValue("wrong-type", "it is no list of tags", f"give up to {TAGS_MAX} tags, separated by ;")
    parsed = {tag for tag in (parse_text(item, longest=100) for item in value) if tag}
    # Sorted, so that tags in another order are no change.
    return sorted(parsed) or None


def parse_external_ids(value: object, unread: dict[str, InvalidValue] | None = None) -> list[str] | None:
    """Return external ids: a list or a cell separated by ; , |, each `scheme:value`; or an object by scheme; sorted.

    An id that is not understood is left out and put into `unread`. Raises InvalidValue for it if `unread` is None.
    """
    if isinstance(value, str):
        written = parse_text(value, longest=TEXT_MAX)
        if written is None:
            return None
        # An address of an id has neither; blanks are within ids.
        value = _parse_list(written) if written[0] in "[{" else re.split(r"[;,|、\uff1b\uff0c]", written)
    items = [*_list_external_ids(value)]
    if len(items) > EXTERNAL_IDS_MAX:
        raise InvalidValue("wrong-type", f"it has {len(items)} ids", f"give up to {EXTERNAL_IDS_MAX} external ids")
    found: dict[str, None] = {}
    for item in items:
        text = parse_text(item, longest=200)
        try:
            if text is not None:
                found[parse_external_id(text)] = None
        except InvalidExternalIdError as error:
            invalid = InvalidValue(error.code, error.message, error.remedy)
            if unread is None:
                raise invalid from error
            unread[text or ""] = invalid
    return sorted(found) or None


def _list_external_ids(value: object) -> Iterator[object]:
    """Yield the ids of a list, of texts or of objects of scheme and value, or of an object by scheme, as texts."""
    if isinstance(value, dict):
        for scheme, values in value.items():
            for each in values if isinstance(values, list) else [values]:
                yield None if each is None else f"{scheme}:{parse_text(each) or ''}"
        return
    if not isinstance(value, list):
        raise InvalidValue("wrong-type", "it is no list of external ids", "write them as scheme:value, separated by ;")
    for item in value:
        if isinstance(item, dict):
            if item.keys() != {"scheme", "value"}:
                raise InvalidValue("wrong-type", "an external id is no text", "write it as scheme:value")
            yield f"{item['scheme']}:{item['value']}"
        else:
            yield item


def _parse_list(written: str) -> object:
    try:
        return json.loads(written)
    except ValueError:
        raise InvalidValue("wrong-type", "it begins like JSON and is none", "close its brackets and quotes") from None


def parse_website(value: object) -> str | None:
    """Return the address of a website with its scheme; None if not known; raise InvalidValue otherwise."""
    written = parse_text(value, longest=2_000)
    if written is None:
        return None
    address = written if re.match(r"https?://", written, re.IGNORECASE) else f"https://{written}"
    # No `@`: in front of it a URL can show another host than the one that it opens.
    if not re.fullmatch(r"https?://[^\s/?#@]+\.[^\s/?#@]+([/?#]\S*)?", address, re.IGNORECASE):
        raise InvalidValue("not-a-url", "it is no web address", "write it as https://host/path")
    return normalize_host(address)


def parse_source(value: object) -> str | None:
    """Return the id of a source, with hyphens for spaces; None if not known; raise InvalidValue otherwise."""
    written = parse_text(value, longest=200)
    if written is None:
        return None
    slug = re.sub(r"[\s/]+", "-", written.casefold())
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,62}", slug):
        raise InvalidValue(
            "bad-source", "it is no id of a source", "use up to 63 of a-z, 0-9, dot, hyphen and underscore"
        )
    return slug
