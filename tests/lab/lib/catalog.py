"""Service users, services and endpoints in keystone. Repeatable."""

import os

from osc import connect

controller = os.environ["CONTROLLER"]
identity = connect().identity
role = {r.name: r for r in identity.roles()}
project = identity.find_project("service") or identity.create_project(name="service", domain_id="default")
for name, kind, address in (
    ("placement", "placement", "8778"),
    ("glance", "image", "9292"),
    ("nova", "compute", "8774/v2.1"),
    ("neutron", "network", "9696"),
):
    user = identity.find_user(name) or identity.create_user(
        name=name, password=os.environ["PW"], domain_id="default", default_project_id=project.id
    )
    identity.assign_project_role_to_user(project, user, role["admin"])
    service = next((s for s in identity.services() if s.name == name), None) or identity.create_service(
        name=name, type=kind
    )
    have = {e.interface for e in identity.endpoints(service_id=service.id)}
    for interface in {"public", "internal", "admin"} - have:
        identity.create_endpoint(
            service_id=service.id,
            interface=interface,
            url=f"http://{controller}:{address}",
            region_id=os.environ["REGION"],
        )
