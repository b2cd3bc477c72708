"""`calipso work`: a worker, in the foreground."""

from __future__ import annotations

import logging
import os
import signal
import socket
from functools import partial
from pathlib import Path

import click

from .options import ansible_options
from .serve import FILE
from .session import Session, faults


@click.command()
@ansible_options()
@click.option("--name", metavar="NAME", help="What this worker is called.  [default: HOST-PID]")
@click.option(
    "--home",
    metavar="DIRECTORY",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where runs are kept, for debugging.  [default: work in $CALIPSO_HOME]",
)
@click.option(
    "--keep",
    metavar="N",
    type=click.IntRange(1),
    default=50,
    show_default=True,
    help="Runs that are kept there.",
)
@click.option(
    "--awx-url",
    metavar="URL",
    envvar="CALIPSO_AWX_URL",
    help="Have scans run by this AWX; else they run here.",
)
@click.option(
    "--awx-template",
    metavar="NAME",
    envvar="CALIPSO_AWX_TEMPLATE",
    default="Calipso {environment}: scan",
    show_default=True,
    help="Its job template or workflow, by name or id.",
)
@click.option(
    "--awx-token-file",
    metavar="FILE",
    type=FILE,
    help="Holds the token of a user of AWX who may launch it.  [default: $CALIPSO_AWX_TOKEN]",
)
@click.option("--awx-ca", metavar="FILE", type=FILE, help="Certificates to trust instead of the system's.")
@click.option("--once", is_flag=True, help="End when nothing waits any more.")
@click.pass_obj
def work(
    session: Session,
    inventories: tuple[str, ...],
    extra: tuple[str, ...],
    name: str | None,
    home: Path | None,
    keep: int,
    awx_url: str | None,
    awx_template: str,
    awx_token_file: Path | None,
    awx_ca: Path | None,
    once: bool,
) -> None:
    """Take up scans and tests of connections that are asked for, and schedules, until Ctrl-C.

    Start as many workers as scans are to run at once, on any machine from which Ansible reaches the clouds. A
    scan whose worker died is taken over by another. One that is told to end (SIGTERM, Ctrl-C) gives its scan
    back.
    """
    from ..store.connection import locate
    from ..store.embedded import default_home
    from ..work.awx import AwxLauncher, awx_token
    from ..work.connections import Means, take_up_tests
    from ..work.launcher import Launcher, LaunchError
    from ..work.manager import Manager
    from ..work.runner import Runner
    from ..work.schedules import run_due

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    launcher: Launcher = Runner(home or default_home() / "work", inventories, extra, keep)
    if awx_url is not None:
        try:
            launcher = AwxLauncher(awx_url, awx_template, awx_token(awx_token_file), awx_ca)
        except LaunchError as error:
            raise click.ClickException(str(error)) from None
    with faults(), session.store() as store:
        store.prepare()
        os.environ["CALIPSO_MONGO_URI"] = locate(session.mongo_uri, session.mongo_config)  # of its playbooks
        means = Means(inventories, extra)
        worker = name or f"{socket.gethostname()}-{os.getpid()}"
        chores = (partial(run_due, store), partial(take_up_tests, store, worker, means))
        manager = Manager(store, launcher, chores=chores, name=worker)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: manager.stop())
        click.echo(f"{manager.worker['name']} works for {store.location}. Ctrl-C ends it.", err=True)
        manager.run(once=once)
