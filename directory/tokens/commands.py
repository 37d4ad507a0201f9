"""`directory token`: create, list and revoke the tokens by which others may write.

Exit codes: 0, done; 1, there is no such token; 2, wrong usage.
"""

from __future__ import annotations

from typing import Final

import click

from directory.http.bearer_tokens import digest, make_token
from directory.registry_opener import RegistryOpener
from directory.tokens.queries import SCOPES, insert_token, revoke_token, select_tokens

_NAME_MAX: Final = 200


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def token() -> None:
    """Decide who may write by HTTP."""


@token.command("create")
@click.option("--scope", "scopes", type=click.Choice(SCOPES), multiple=True, required=True, help="What it allows.")
@click.option("--name", required=True, help="Who gets it; revisions show it as their actor.")
@click.option("--days", type=click.IntRange(1, 3650), default=365, show_default=True, help="Days until it expires.")
@click.pass_obj
def token_create(opens: RegistryOpener, /, scopes: tuple[str, ...], name: str, days: int) -> None:
    """Create a token and print it, this once: the registry stores its SHA-256 alone."""
    name = name.strip()
    if not 0 < len(name) <= _NAME_MAX or not name.isprintable():
        raise click.UsageError(f"--name has to be a printable text of 1 to {_NAME_MAX} characters")
    secret = make_token()
    with opens() as conn:
        token_id = insert_token(conn, digest(secret), name=name, scopes=sorted({*scopes}), days=days)
    click.echo(secret)
    click.echo(f"token {token_id} for {name}: {', '.join(scopes)}, {days:,} days. It is not shown again.", err=True)


@token.command("list")
@click.pass_obj
def token_list(opens: RegistryOpener, /) -> None:
    """List all tokens, without their secrets."""
    with opens() as conn:
        for each in select_tokens(conn):
            state = "valid" if each.is_valid else "revoked" if each.revoked_at else "expired"
            until = f"until {each.expires_at:%Y-%m-%d}" if each.expires_at else "without end"
            used = f"last used on {each.used_on}" if each.used_on else "never used"
            click.echo(f"{each.id}  {state:8} {','.join(each.scopes):10} {until}, {used}  {each.name}")


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
