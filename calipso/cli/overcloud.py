"""`calipso environment from-overcloudrc`: an environment of a cloud that TripleO or Apex installed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from ..caller import caller
from ..report.text import visible
from .session import Session, registry

if TYPE_CHECKING:
    from ..scan.overcloud import Made, Overcloud

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("from-overcloudrc")
@click.argument("rc", metavar="OVERCLOUDRC", type=FILE)
@click.option("--name", metavar="NAME", default="Apex-Euphrates", show_default=True, help="The environment.")
@click.option(
    "--cloud", metavar="NAME", default="overcloud", show_default=True, help="Its name in clouds.yaml."
)
@click.option(
    "--clouds",
    metavar="FILE",
    type=FILE,
    envvar="OS_CLIENT_CONFIG_FILE",
    default=Path("clouds.yaml"),
    show_default=True,
    help="The clouds.yaml to which the cloud is added. What else is in it stays.",
)
@click.option(
    "--replace", is_flag=True, help="Replace another cloud of that name, and another file of hosts."
)
@click.option(
    "--inventory-file", metavar="FILE", type=FILE, help="What tripleo-ansible-inventory wrote: the hosts."
)
@click.option("--stackrc", metavar="FILE", type=FILE, help="The undercloud, whose Nova knows the hosts.")
@click.option(
    "--ssh-user",
    metavar="NAME",
    default="heat-admin",
    show_default=True,
    help="With --stackrc: who logs in at hosts; from Wallaby on tripleo-admin.",
)
@click.option(
    "--hosts",
    metavar="FILE",
    type=FILE,
    default=Path("calipso_hosts.yml"),
    show_default=True,
    help="The inventory of hosts that is written.",
)
@click.option("--distribution", metavar="NAME", default="Apex", show_default=True, help="Or TripleO.")
@click.option(
    "--distribution-version", metavar="TEXT", help="The version of that.  [default: Apex's Euphrates]"
)
@click.pass_obj
def from_overcloudrc(
    session: Session,
    rc: Path,
    name: str,
    cloud: str,
    clouds: Path,
    replace: bool,
    inventory_file: Path | None,
    stackrc: Path | None,
    ssh_user: str,
    hosts: Path,
    distribution: str,
    distribution_version: str | None,
) -> None:
    """Make an environment of a cloud that TripleO or Apex installed, ready to scan.

    Reads the cloud's overcloudrc, without running it; adds the cloud to clouds.yaml, where alone its
    password is kept; writes the inventory of its hosts; and makes, or changes, the environment.
    """
    from ..model.configuration import InvalidConfigurationError
    from ..scan import environments
    from ..scan.overcloud import Overcloud
    from ..scan.overcloudrc import OvercloudError

    overcloud = Overcloud(rc, clouds, hosts, cloud, replace, inventory_file, stackrc, ssh_user)
    fields, rows = overcloud.fields(distribution, distribution_version), registry().supported
    by, at = caller(), datetime.now(UTC)
    try:
        wanted = environments.added({**fields, "name": name}, rows)
        made = overcloud.write()
        with session.store() as store:
            if store.environment(name) is None:
                environments.add(store, wanted, by=by, at=at)
            else:
                environments.change(store, name, fields, rows, by=by, at=at)
    except (OvercloudError, InvalidConfigurationError) as error:
        raise click.ClickException(visible(str(error))) from None
    _tell(overcloud, made)
    source = quote(str(hosts)) if made.hosts else "INVENTORY"
    click.echo(f"Environment {visible(name)} is there. To scan it:")
    click.echo(
        f"  OS_CLIENT_CONFIG_FILE={quote(str(clouds))} ansible-playbook -i {source} calipso.topology.scan "
        f"-e calipso_environment={quote(name)}"
    )


def _tell(overcloud: Overcloud, made: Made) -> None:
    where = f"Cloud {overcloud.cloud} is in {overcloud.clouds}"
    click.echo(visible(where if made.is_new_cloud else f"{where}, as it was") + ".")
    if made.hosts is None:
        click.echo("No inventory was given: the hosts can be found in OpenStack (docs/inventory.md).")
        return
    where = f"{len(made.hosts)} hosts are in {overcloud.hosts}"
    click.echo(visible(where if made.are_new_hosts else f"{where}, as they were") + ".")
