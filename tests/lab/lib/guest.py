"""The guests of the lab: their image, the flavors, and how to wait for them.

The guest is iPXE, booted directly as a kernel on an empty 1 MiB disk. Its command line is an iPXE script:
take a DHCP lease on each NIC, then sit at the prompt and answer ARP and ping.
"""

import time
from pathlib import Path

COMMAND_LINE = "dhcp net0 || dhcp net0 || dhcp net0 || dhcp net0 ; dhcp net1 ; shell"


def image(cloud):
    kernel = _image(
        cloud, "ipxe-kernel", Path("/boot/ipxe.lkrn").read_bytes(), disk_format="aki", container_format="aki"
    )
    return _image(
        cloud,
        "ipxe",
        b"\0" * (1 << 20),
        disk_format="raw",
        container_format="bare",
        kernel_id=kernel.id,
        os_command_line=COMMAND_LINE,
    )


def _image(cloud, name, data, **properties):
    return cloud.image.find_image(name) or cloud.image.create_image(
        name=name, data=data, visibility="public", allow_duplicates=True, **properties
    )


def flavor(cloud, name, ram):  # the GiB of disk is a sparse qcow2
    return cloud.compute.find_flavor(name) or cloud.compute.create_flavor(name=name, ram=ram, vcpus=1, disk=1)


def settled(cloud, project_id, seconds=400):
    """The servers of a project when none is being built or changed any more, or when the time is over."""
    for _attempt in range(seconds // 2):
        servers = list(cloud.compute.servers(all_projects=True, project_id=project_id))
        if all(s.status != "BUILD" and not s.task_state for s in servers):
            break
        time.sleep(2)
    return sorted(servers, key=lambda s: s.name)
