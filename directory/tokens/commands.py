"""`directory token`: create, list, revoke and confirm the tokens by which others may write.

Exit codes: 0, done; 1, there is no such token, region or department; 2, wrong usage.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any, Final

import click

from directory.departments.queries import select_known_departments
from directory.http.bearer_tokens import digest, make_token
from directory.regions.queries import parse_region
from directory.registry_opener import RegistryOpener
from directory.tokens.queries import (
    PLACES_MAX,
    SCOPES,
    Token,
    confirm_tokens,
    insert_token,
    revoke_token,
    select_tokens,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import Connection

_NAME_MAX: Final = 200
_UNITS: Final = {"h": dt.timedelta(hours=1), "d": dt.timedelta(days=1), "w": dt.timedelta(weeks=1)}
_LONGEST: Final = dt.timedelta(days=3650)


class _Lifetime(click.ParamType[dt.timedelta]):
    """A time such as 90d, 12h or 4w, at most ten years."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> dt.timedelta:
        """Return the time."""
        found = re.fullmatch(r"([1-9][0-9]{0,4})([hdw])", str(value), re.ASCII)
        lifetime = int(found[1]) * _UNITS[found[2]] if found is not None else dt.timedelta()
        if not dt.timedelta() < lifetime <= _LONGEST:
            self.fail(f"{value!r} is no time such as 12h, 90d or 4w, of at most {_LONGEST.days}d", param, ctx)
        return lifetime


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def token() -> None:
    """Decide who may write by HTTP."""


@token.command("create")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(SCOPES),
    multiple=True,
    required=True,
    help="What it allows: to send observations, to propose changes, to make them, to decide on those of others, all.",
)
@click.option("--name", required=True, help="Who gets it; revisions show it as their actor.")
@click.option("--region", "regions", multiple=True, help="Only for this region and all below, such as CN-510000.")
@click.option("--department", "departments", multiple=True, help="Only for the department of this id and all below.")
@click.option("--expires", type=_Lifetime(), default="365d", show_default=True, help="When it expires: 12h, 90d, 4w.")
@click.pass_obj
def token_create(
    opens: RegistryOpener,
    /,
    scopes: tuple[str, ...],
    name: str,
    regions: tuple[str, ...],
    departments: tuple[str, ...],
    expires: dt.timedelta,
) -> None:
    """Create a token and print it, this once: the registry stores its SHA-256 alone.

    With several regions it is for each of them; with regions and departments, for what is in both.
    """
    name = name.strip()
    if not 0 < len(name) <= _NAME_MAX or not name.isprintable():
        raise click.UsageError(f"--name has to be a printable text of 1 to {_NAME_MAX} characters")
    if max(len(regions), len(departments)) > PLACES_MAX:
        raise click.UsageError(f"a token is narrowed to at most {PLACES_MAX} regions and as many departments")
    secret = make_token()
    with opens() as conn:
        token_id = insert_token(
            conn,
            digest(secret),
            name=name,
            scopes=sorted({*scopes}),
            lifetime=expires,
            regions=_find_regions(conn, regions),
            departments=_find_departments(conn, departments),
        )
        (created,) = (each for each in select_tokens(conn) if each.id == token_id)
    click.echo(secret)
    click.echo(f"token {token_id} for {name}: {_describe(created)}. It is not shown again.", err=True)


@token.command("list")
@click.pass_obj
def token_list(opens: RegistryOpener, /) -> None:
    """List all tokens, without their secrets."""
    with opens() as conn:
        for each in select_tokens(conn):
            used = f"last used on {each.used_on}" if each.used_on else "never used"
            click.echo(f"{each.id}  {_state(each):9} {_describe(each)}, {used}  {each.name}")


@token.command("revoke")
@click.argument("token_id", metavar="ID")
@click.pass_obj
def token_revoke(opens: RegistryOpener, /, token_id: str) -> None:
    """Revoke the token ID at once, in all processes."""
    with opens() as conn:
        revoked = revoke_token(conn, token_id)
    if revoked is None:
        raise click.ClickException(f"no token has the id {token_id}: directory token list shows them")
    click.echo(f"token {token_id} is revoked" if revoked else f"token {token_id} was revoked before")


@token.command("confirm")
@click.argument("token_ids", metavar="[ID]...", nargs=-1)
@click.option("--all", "confirms_all", is_flag=True, help="All that are suspended.")
@click.pass_obj
def token_confirm(opens: RegistryOpener, /, token_ids: tuple[str, ...], *, confirms_all: bool) -> None:
    """End the suspension of tokens that a restore from a backup began.

    A backup has tokens that were revoked after it as valid ones, so each is suspended until you confirm it.
    """
    if confirms_all == bool(token_ids):
        raise click.UsageError("name the ids of tokens, or --all")
    with opens() as conn:
        confirmed = confirm_tokens(conn, None if confirms_all else token_ids)
    if missing := {*token_ids} - {*confirmed}:
        raise click.ClickException(f"not suspended: {', '.join(sorted(missing))}; directory token list shows which are")
    click.echo(f"confirmed: {', '.join(confirmed)}" if confirmed else "no token is suspended")


def _state(token: Token) -> str:
    if token.is_valid:
        return "valid"
    return "revoked" if token.revoked_at else "suspended" if token.is_suspended else "expired"


def _describe(token: Token) -> str:
    """Return scopes, places and the end of a token in words."""
    places = [*token.regions, *token.departments]
    where = f" in {', '.join(places)}" if places else ""
    until = f"until {token.expires_at:%Y-%m-%d}" if token.expires_at else "without end"
    return f"{','.join(token.scopes)}{where}, {until}"


def _find_regions(conn: Connection[Any], codes: Sequence[str]) -> list[str]:
    """Return the codes of regions; raise ClickException for what is none."""
    found = set()
    for code in codes:
        region = parse_region(conn, code)
        if isinstance(region, str):
            raise click.ClickException(f"--region {code}: {region}")
        found.add(region.code)
    return sorted(found)


def _find_departments(conn: Connection[Any], ids: Sequence[str]) -> list[str]:
    """Return the current ids of departments; raise ClickException for unknown ones."""
    known = select_known_departments(conn, list(ids))
    if unknown := [each for each in ids if each not in known]:
        raise click.ClickException(f"--department {unknown[0]}: no department has this id")
    return sorted({*known.values()})
