"""Templates compiled once for each language, with the messages of that language in them as constants.

Looked up at run time, some 130 messages took a fifth of the time of a page of an account.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from flask import current_app
from flask.templating import Environment
from jinja2 import nodes
from jinja2.visitor import NodeTransformer

from directory.web.languages import LANGUAGES, catalogue_of, current_language

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from babel.support import NullTranslations
    from flask import Flask

ENVIRONMENTS: Final = "directory.web.environments"
_FUNCTIONS: Final = frozenset({"_", "gettext"})
# A message's place for a value, and a percent sign.
_PLACE: Final = re.compile(r"%\((\w+)\)s|%(%)")


class TranslatedEnvironment(Environment):
    """An environment of templates; where it has a `catalogue`, their messages are translated when they are compiled."""

    catalogue: NullTranslations | None = None

    def _generate(
        self,
        source: nodes.Template,
        name: str | None,
        filename: str | None,
        defer_init: bool = False,  # noqa: FBT001, FBT002 - of the overridden method
    ) -> str:
        """Return the code of a template: Jinja's own hook, overridden."""
        if self.catalogue is not None:
            _Translator(self.catalogue).visit(source)
        return super()._generate(source, name, filename, defer_init)


class _Translator(NodeTransformer):
    """Puts translated texts in the place of the calls that look them up; plural forms stay calls."""

    def __init__(self, catalogue: NullTranslations) -> None:
        self._catalogue = catalogue

    def visit_Output(self, node: nodes.Output) -> nodes.Node:  # noqa: N802 - Jinja looks it up by this name
        """Put the parts of messages and the values between them in the place of calls with values."""
        node.nodes = [part for each in node.nodes for part in self._parts_of(each)]
        return self.generic_visit(node)

    def generic_visit(self, node: nodes.Node, *args: Any, **kwargs: Any) -> nodes.Node:  # noqa: ANN401 - of the overridden method
        """Visit what is below a node, and join outputs that follow each other: texts in them become one constant."""
        super().generic_visit(node, *args, **kwargs)
        for _field, below in node.iter_fields():
            if isinstance(below, list):
                below[:] = _joined(below)
        return node

    def visit_Call(self, node: nodes.Call) -> nodes.Node:  # noqa: N802 - likewise
        """Return the text of a message without values."""
        self.generic_visit(node)
        message = _message_of(node)
        if message is None or node.kwargs:
            return node
        return nodes.TemplateData(self._catalogue.gettext(message) % {}, lineno=node.lineno)

    def _parts_of(self, node: nodes.Expr) -> Iterator[nodes.Expr]:
        message = _message_of(node) if isinstance(node, nodes.Call) else None
        if message is None or not isinstance(node, nodes.Call) or not node.kwargs:
            yield node
            return
        values: Mapping[str, nodes.Expr] = {each.key: each.value for each in node.kwargs}
        text, end = self._catalogue.gettext(message), 0
        for place in _PLACE.finditer(text):
            yield nodes.TemplateData(text[end : place.start()] + (place[2] or ""), lineno=node.lineno)
            if place[1]:
                yield values[place[1]]
            end = place.end()
        yield nodes.TemplateData(text[end:], lineno=node.lineno)


def register(app: Flask) -> None:
    """Add an environment of templates for each language to an application, made of its own as that is by now."""
    environments = {code: app.jinja_env.overlay() for code in LANGUAGES}
    for code, environment in environments.items():
        environment.catalogue = catalogue_of(code)  # type: ignore[attr-defined]
    app.extensions[ENVIRONMENTS] = environments


def render(template: str, values: Mapping[str, object]) -> str:
    """Return a template of the current application, rendered with values in the language of the page."""
    environments: Mapping[str, TranslatedEnvironment] = current_app.extensions[ENVIRONMENTS]
    return environments[current_language().code].get_template(template).render(values)


def _joined(below: Sequence[Any]) -> list[Any]:
    joined: list[Any] = []
    for each in below:
        if isinstance(each, nodes.Output) and joined and isinstance(joined[-1], nodes.Output):
            joined[-1].nodes += each.nodes
        else:
            joined.append(each)
    return joined


def _message_of(call: nodes.Call) -> str | None:
    """Return the message that a call looks up; None where it looks up none, or a computed one."""
    match call:
        case nodes.Call(node=nodes.Name(name=name), args=[nodes.Const(value=str(message))], dyn_args=None):
            return message if name in _FUNCTIONS and call.dyn_kwargs is None else None
        case _:
            return None
