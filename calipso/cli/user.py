"""`calipso user`: who may log in with a password that Calipso keeps, and their tokens."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TextIO

import click

from ..caller import caller
from ..report.text import visible
from .options import Duration, json_option
from .output import emit, emit_json, moment, table
from .session import Session

if TYPE_CHECKING:
    from ..accounts import Accounts
    from ..model.account import Role
    from ..store import Store

GENERATED_BYTES = 24

_Command = Callable[..., Any]


@click.group()
def user() -> None:
    """Make and change users, and give them tokens.

    These are the users whose passwords Calipso keeps, as hashes; those of a directory are made there.
    """


def _password_options(command: _Command) -> _Command:
    """Add the ways to give a password; none of them shows it to other processes."""
    file = click.option(
        "--password-file",
        metavar="FILE",
        type=click.File(encoding="utf-8"),
        help="Take the password from a file of one line; - is standard input.",
    )
    generate = click.option(
        "--generate", is_flag=True, help="Make a random password, and print it on standard output."
    )
    return file(generate(command))


@user.command()
@click.argument("name")
@click.option("--admin", is_flag=True, help="An administrator: may see and change everything.")
@_password_options
@click.pass_obj
def add(session: Session, name: str, admin: bool, password_file: TextIO | None, generate: bool) -> None:
    """Add a user. The password is asked for, unless an option says otherwise.

    The first administrator is made so: calipso user add NAME --admin
    """
    password = _password(password_file, generate)
    role: Role = "admin" if admin else "user"
    with _accounts(session) as (store, accounts):
        accounts.add_user(name, password, role=role)
        _record(store, f"user {name!r} was added, with role {role}", name)
    click.echo(f"User {visible(name)} is there, with role {role}.", err=generate)
    if generate:
        click.echo(password)


@user.command()
@click.argument("name")
@click.option("--admin/--no-admin", default=None, help="May see and change everything, or not any more.")
@click.option("--password", "ask", is_flag=True, help="Ask for a new password.")
@_password_options
@click.option("--disable/--enable", default=None, help="May not log in and has no tokens; or may again.")
@click.option("--logout", is_flag=True, help="Revoke all tokens.")
@click.pass_obj
def change(
    session: Session,
    name: str,
    admin: bool | None,
    ask: bool,
    password_file: TextIO | None,
    generate: bool,
    disable: bool | None,
    logout: bool,
) -> None:
    """Change a user. Tokens outlive a new password, unless --logout revokes them."""
    role: Role | None = None if admin is None else "admin" if admin else "user"
    password = _password(password_file, generate) if ask or password_file or generate else None
    done = [
        *([f"has role {role}"] if role else []),
        *(["has a new password"] if password is not None else []),
        *([f"is {'disabled' if disable else 'enabled'}"] if disable is not None else []),
        *(["is logged out"] if logout else []),
    ]
    if not done:
        raise click.UsageError("there is nothing to change", click.get_current_context())
    with _accounts(session) as (store, accounts):
        accounts.change_user(name, role=role, password=password, disabled=disable)
        if logout:
            store.revoke_tokens(name)
        _record(store, f"user {name!r} {', '.join(done)}", name)
    click.echo(f"User {visible(name)} {', '.join(done)}.", err=generate)
    if generate:
        click.echo(password)


@user.command()
@click.argument("name")
@click.pass_obj
def remove(session: Session, name: str) -> None:
    """Remove a user, and all tokens that they have."""
    with session.store() as store:
        store.remove_user(name)
        _record(store, f"user {name!r} was removed", name)
    click.echo(f"User {visible(name)} is removed.")


@user.command("list")
@json_option
@click.pass_obj
def list_users(session: Session, as_json: bool) -> None:
    """List the users."""
    with session.store() as store:
        found = store.users()
    if as_json:
        shown = ("name", "role", "disabled", "created_at")
        emit_json([{key: getattr(each, key) for key in shown} for each in found])
        return
    rows = table("Name", "Role", "State", "Since")
    for each in found:
        state = "disabled" if each.disabled else "enabled"
        rows.add_row(visible(each.name), each.role, state, moment(each.created_at))
    emit(rows if found else "There are no users yet: `calipso user add NAME --admin` makes an administrator.")


@user.command()
@click.argument("name")
@click.option(
    "--lifetime",
    metavar="TIME",
    type=Duration(),
    default="30d",
    show_default=True,
    help="How long it counts: 30m, 24h, 30d; a bare number is seconds.",
)
@click.option("--name", "label", metavar="TEXT", help="What it is for.")
@click.pass_obj
def token(session: Session, name: str, lifetime: timedelta, label: str | None) -> None:
    """Print a new token of a user, for a program such as a scraper or AWX.

    Nothing shows it again. It goes into the header X-Auth-Token.
    """
    with _accounts(session) as (store, accounts):
        login = accounts.issue(name, lifetime=lifetime, label=label)
        purpose = f" for {label!r}" if label else ""
        until = moment(login.expires_at)
        _record(store, f"user {name!r} got a token{purpose}, until {until}", name)
    click.echo(f"It counts until {until}; `calipso user tokens` revokes it.", err=True)
    click.echo(login.token)


@user.command()
@click.argument("name")
@click.option("--revoke", metavar="ID", help="Revoke this one.")
@json_option
@click.pass_obj
def tokens(session: Session, name: str, revoke: str | None, as_json: bool) -> None:
    """List the tokens of a user, without what is secret of them."""
    now = datetime.now(UTC)
    with session.store() as store:
        if revoke:
            store.revoke_token(name, revoke)
            _record(store, f"token {revoke!r} of user {name!r} was revoked", name)
        found = store.tokens(name, at=now)
    if as_json:
        emit_json([{**asdict(each.account), **_told(each)} for each in found])
        return
    rows = table("Id", "For", "Issued", "Until")
    for each in found:
        rows.add_row(each.id, visible(each.label or "-"), moment(each.issued_at), moment(each.expires_at))
    emit(rows if found else f"User {visible(name)} has no tokens.")


def _told(each: Any) -> dict[str, Any]:
    return {key: getattr(each, key) for key in ("id", "label", "issued_at", "expires_at")}


@contextmanager
def _accounts(session: Session) -> Iterator[tuple[Store, Accounts]]:
    """Open the store and its accounts; what will not do of what was given is wrong usage."""
    from ..accounts import Accounts, InvalidLifetimeError, InvalidNameError, PasswordRefusedError

    with session.store() as store:
        store.prepare()
        try:
            yield store, Accounts(store)
        except (InvalidLifetimeError, InvalidNameError, PasswordRefusedError) as error:
            raise click.UsageError(str(error), click.get_current_context()) from None


def _password(file: TextIO | None, generate: bool) -> str:
    """Return the password that is generated, in a file, or typed twice on a terminal."""
    if generate and file:
        raise click.UsageError(
            "--generate and --password-file exclude each other", click.get_current_context()
        )
    if generate:
        return secrets.token_urlsafe(GENERATED_BYTES)
    if file:
        return _read(file)
    if not sys.stdin.isatty():
        raise click.UsageError(
            "there is no terminal to ask for the password: give --password-file or --generate",
            click.get_current_context(),
        )
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


def _read(file: TextIO) -> str:
    try:
        lines = file.read().splitlines()
    except UnicodeDecodeError:
        lines = []
    if len(lines) != 1:
        raise click.UsageError("the password's file must hold one line of text", click.get_current_context())
    return lines[0]


def _record(store: Store, text: str, name: str) -> None:
    store.record_change(
        text,
        by=caller(),
        environment=None,
        related_object=name,
        related_object_type="user",
        at=datetime.now(UTC),
    )
