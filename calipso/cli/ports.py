"""`calipso ports`: what hangs on the ports of physical switches."""

from __future__ import annotations

import click

from ..report.text import natural, visible
from .options import environment_option, generation_option, json_option, object_argument
from .output import emit, emit_json, table
from .resolve import resolve
from .session import Session, registry, styles


@click.command()
@object_argument(required=False)
@environment_option
@generation_option
@json_option
@click.pass_obj
def ports(
    session: Session, wanted: str | None, environment: str | None, generation: str | None, as_json: bool
) -> None:
    """Tell which virtual services hang on which port of a physical switch.

    All ports that hosts hang on are told; or only those of OBJECT: a switch, a port, a host, an instance or
    a service.
    """
    from ..report.switch_ports import switch_ports

    with session.view(environment, generation) as (_store, view):
        of = resolve(view, wanted) if wanted else None
        try:
            found = switch_ports(view, of)
        except ValueError as error:
            raise click.UsageError(str(error)) from None
    if as_json:
        emit_json(found)
        return
    if not found:
        click.echo("No host is known to hang on a switch port: neither LLDP nor a fabric's controller tells.")
        return
    looks = styles(registry())
    rows = table("Switch", "Port", "State", "NIC", "Network", "Segment", "Kind", "Name", "MAC", "Group")
    for port in sorted(found, key=lambda port: (natural(port["switch"] or ""), natural(port["name"]))):
        place = [visible(port["switch"] or "-"), visible(port["name"]), port["state"] or "-"]
        for service in port["services"]:
            rows.add_row(
                *place,
                visible(service["nic"]),
                visible(service["network_name"] or "-"),
                visible(service["segment"] or "-"),
                looks[service["type"]].label,
                visible(service["name"] or service["id"]),
                visible(service["mac_address"] or "-"),
                visible(service["group"] or "-"),
            )
        if not port["services"]:
            rows.add_row(*place, visible(", ".join(port["nics"]) or "-"), *["-"] * 6)
    emit(rows)
