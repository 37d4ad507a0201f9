"""The pages of the website that its tests visit."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote
from urllib.request import urlopen

from directory.catalog.guides import guides
from directory.web.guides import TEXTS
from directory.web.report_list import REPORTS
from tests.web.registry import LONG, REPORT, SOURCE

LANGUAGES: Final = ("en", "zh")


@dataclass(frozen=True, slots=True)
class WebPage:
    """A page: its path, in which `{german}` and `{german_department}` stand for ids of the registry of these tests.

    `languages` are those that it has below their own paths; without any its path is absolute. `is_drawn_by_script`:
    a script replaces what readers without scripts see. `is_of_desk`: its readers have signed in by `DESK_TOKEN`.
    """

    path: str
    languages: tuple[str, ...] = LANGUAGES
    status: int = 200
    is_drawn_by_script: bool = False
    is_of_desk: bool = False


PAGES: Final = (
    WebPage(""),
    WebPage("accounts"),
    # What matched is marked, and filters are chips.
    WebPage("accounts?q=layout&platform=weibo,x&status=-dormant"),
    WebPage("accounts?q=zzqqxxw&platform=weibo"),
    WebPage(f"accounts?source={SOURCE}", languages=("en",)),
    *(WebPage(f"accounts/{{{name}}}") for name in ("chinese", "german")),
    *(WebPage(f"accounts/{{{name}}}", languages=("en",)) for name in ("thai", "arabic", "hebrew")),
    WebPage("check"),
    WebPage(f"check?q={quote('https://weibo.com/layout_german')}"),
    WebPage("check?q=layout_germann", languages=("zh",)),
    WebPage("regions"),
    WebPage("regions/CN"),
    WebPage("regions/DE-MV", languages=("en",)),
    WebPage("regions/CN-510100", languages=("zh",)),
    WebPage("departments"),
    WebPage("departments/{chinese_department}"),
    *(WebPage(f"departments/{{{name}_department}}", languages=("en",)) for name in ("german", "thai", "arabic")),
    WebPage("platforms"),
    WebPage("platforms/weibo"),
    WebPage("rankings"),
    WebPage("rankings?of=departments&region=CN"),
    WebPage("aggregates"),
    WebPage("downloads"),
    WebPage("reports"),
    *(WebPage(f"reports/{name}", languages=("en",)) for name in REPORTS if name not in {"coverage", "names"}),
    *(WebPage(f"reports/{name}") for name in ("coverage", "names", "coverage/CN/ministry")),
    WebPage("feedback"),
    WebPage("feedback?account={german}&kind=closed", languages=("en",)),
    WebPage("feedback/reports"),
    WebPage(f"feedback/{REPORT}"),
    WebPage("desk"),
    WebPage("desk?", is_of_desk=True),
    WebPage("desk/reports?state=received,under_review,accepted", is_of_desk=True),
    WebPage("desk/accounts?q={german}", languages=("en",), is_of_desk=True),
    WebPage("desk/accounts/{chinese}?operation=rename", is_of_desk=True),
    WebPage("docs"),
    # The largest one, and one that is in Chinese, too: all guides are rendered alike.
    WebPage("docs/api", languages=("en",)),
    WebPage("docs/rankings"),
    *(WebPage(name) for name in TEXTS),
    WebPage("nosuch", status=404),
    WebPage("/docs", languages=(), is_drawn_by_script=True),
    WebPage("/problems", languages=()),
    WebPage("/problems/invalid-parameters", languages=()),
    # Found by a browser's Accept alone.
    WebPage("/v1/acounts", languages=(), status=404),
    WebPage("/v1/accounts?regoin=CN", languages=(), status=400),
)


def paths() -> list[tuple[str, WebPage]]:
    """Return the path of each page in each language, with the page."""
    found = [(f"/{code}/{page.path}", page) for code in LANGUAGES for page in PAGES if code in page.languages]
    return [*found, *((page.path, page) for page in PAGES if not page.languages)]


def guide_paths() -> list[str]:
    """Return the paths of all guides in each language."""
    return [f"/{code}/docs/{name.removesuffix('.md')}" for code in LANGUAGES for name in guides(code)]


def ids_of(address: str) -> Mapping[str, str]:
    """Return the ids that stand in paths, by name, of the service at an address."""
    with urlopen(f"{address}/v1/accounts?source={SOURCE}") as answer:  # noqa: S310 - our own server
        accounts = json.load(answer)["data"]
    names = {text: name for name, text in LONG.items()}
    found = {}
    for account in accounts:
        name = names[account["name"]]
        found[name], found[f"{name}_department"] = account["id"], account["department"]["id"]
    return found
