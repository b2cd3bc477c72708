"""`calipso serve`: the REST API, in the foreground."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from .options import Duration
from .session import Session, faults

PATIENCE_S = 15
"""How long a request waits for each answer of the database."""

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

_MOST_WORKERS = 64
_LOCAL = ("127.", "localhost:", "[::1]:", "unix:")


class Address(click.ParamType[str]):
    """Where to listen: HOST:PORT, [IPv6]:PORT or unix:PATH."""

    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return `value`, if it is an address."""
        text = str(value)
        port = text.rpartition(":")[2]
        if text.startswith("unix:") and len(text) > len("unix:"):
            return text
        if not re.fullmatch(r"([\w.-]+|\[[0-9a-fA-F:.]+\]):[0-9]{1,5}", text) or int(port) > 0xFFFF:
            self.fail(
                f"{value!r} is nowhere to listen; it looks like 127.0.0.1:8000, [::1]:8000 or unix:/run/api",
                param,
                ctx,
            )
        return text


FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option(
    "-m",
    "--mongo-config",
    "--mongo_config",
    metavar="FILE",
    type=FILE,
    help="Where the database is, line by line: server, port, user, password...",
)
@click.option(
    "--ldap-config",
    "--ldap_config",
    metavar="FILE",
    type=FILE,
    envvar="CALIPSO_LDAP_CONFIG",
    help="A directory whose users may log in; else only those that `calipso user` made.",
)
@click.option(
    "-l",
    "--loglevel",
    type=click.Choice(LEVELS, case_sensitive=False),
    envvar="CALIPSO_LOGLEVEL",
    default="INFO",
    show_default=True,
    help="DEBUG also logs every request.",
)
@click.option(
    "-b",
    "--bind",
    metavar="HOST:PORT",
    type=Address(),
    envvar="CALIPSO_BIND",
    default="127.0.0.1:8000",
    show_default=True,
    help="Where to listen; also unix:PATH.",
)
@click.option(
    "-y",
    "--inventory",
    metavar="SET",
    help="The set of collections that holds the inventory.",
)
@click.option(
    "-t",
    "--token-lifetime",
    metavar="TIME",
    type=Duration(),
    envvar="CALIPSO_TOKEN_LIFETIME",
    default="24h",
    show_default=True,
    help="How long a login lasts: 90s, 30m, 24h, 7d; a bare number is seconds.",
)
@click.option(
    "--workers",
    metavar="N",
    type=click.IntRange(1, _MOST_WORKERS),
    envvar="CALIPSO_WORKERS",
    default=lambda: min(os.cpu_count() or 1, 4),
    help="Processes.  [default: as many as processors, 4 at most]",
)
@click.option(
    "--threads",
    metavar="N",
    type=click.IntRange(1, 256),
    envvar="CALIPSO_THREADS",
    default=8,
    show_default=True,
    help="Requests that a process serves at the same time.",
)
@click.option(
    "--tls-certificate", metavar="FILE", type=FILE, envvar="CALIPSO_TLS_CERTIFICATE", help="Serve HTTPS."
)
@click.option(
    "--tls-key", metavar="FILE", type=FILE, envvar="CALIPSO_TLS_KEY", help="That certificate's key."
)
@click.option(
    "--proxy",
    "proxies",
    metavar="ADDRESS",
    multiple=True,
    envvar="CALIPSO_PROXIES",
    help="A reverse proxy whose X-Forwarded-For is believed. May be repeated.",
)
@click.pass_obj
def serve(
    session: Session,
    mongo_config: Path | None,
    ldap_config: Path | None,
    loglevel: str,
    bind: str,
    inventory: str | None,
    token_lifetime: timedelta,
    workers: int,
    threads: int,
    tls_certificate: Path | None,
    tls_key: Path | None,
    proxies: tuple[str, ...],
) -> None:
    """Serve the REST API until Ctrl-C.

    Users log in with POST /auth/tokens; `calipso user add NAME --admin` makes the first one.
    """
    if (tls_certificate is None) != (tls_key is None):
        raise click.UsageError("--tls-certificate and --tls-key go together", click.get_current_context())
    from ..accounts import InvalidLifetimeError, read_directory
    from ..api.serve import Settings
    from ..api.serve import serve as run

    settings = Settings(
        bind=bind,
        workers=workers,
        threads=threads,
        log_level=loglevel,
        token_lifetime=token_lifetime,
        certificate=str(tls_certificate) if tls_certificate else None,
        key=str(tls_key) if tls_key else None,
        proxies=frozenset(proxies),
    )
    if tls_certificate is None and not bind.startswith(_LOCAL):
        click.echo(
            "Warning: passwords and tokens travel unencrypted. Give --tls-certificate and --tls-key, "
            "or listen on 127.0.0.1 behind a proxy that speaks TLS.",
            err=True,
        )
    here = replace(session, inventory=inventory or session.inventory)
    if mongo_config is not None:
        here = replace(here, mongo_uri=None, mongo_config=mongo_config)
    with faults():
        directory = read_directory(ldap_config) if ldap_config else None
        with here.store() as store:
            store.prepare()
        with here.store(patience_s=PATIENCE_S) as store:
            try:
                run(store, directory, settings, ready=_say)
            except InvalidLifetimeError as error:
                raise click.UsageError(str(error), click.get_current_context()) from None


def _say(address: str) -> None:
    click.echo(f"Calipso answers at {address}; {address}/openapi.json describes the API. Ctrl-C ends it.")
