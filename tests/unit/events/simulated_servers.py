"""Instances of a simulated cloud, and what happens to them."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy

from simulated_compute import HOST, POWER, STATE, Compute
from simulated_world import CONTROLLER


class Servers(Compute):
    """Instances. What an operation does takes a while, and is told of step by step."""

    def server_create(self) -> Iterator[str]:
        """Create an instance with one port, or two, or one that was there before."""
        networks = [key for key in (self.pick(self.usable_networks()),) if key]
        free = [
            key
            for key, port in self.items["port"].items()
            if not port["device_id"] and not port["device_owner"] and port["network_id"] not in self.held
        ]
        given = self.pick(free) if self.random.random() < 0.3 else None
        hosts = [each["host"] for each in self.of("compute_service", binary="nova-compute", status="enabled")]
        if (not networks and given is None) or not hosts:
            return
        if self.random.random() < 0.3 and (other := self.pick(self.usable_networks())):
            networks.append(other)
        server = self.new_server()
        self.held.add(server["id"])
        self.set_task(server, "scheduling")
        yield from self.update(server, CONTROLLER)
        self.set_task(server, None)
        yield from self.update(server)
        self.place(server, self.random.choice(hosts))
        yield from self.update(server)
        self.set_task(server, "networking")
        yield from self.update(server)
        self.set_task(server, "spawning")
        yield from self.update(server)
        for network in networks:
            yield from self.new_nic(server, network)
        if given is not None:
            yield from self.take_port(server, self.items["port"][given])
        self.start(server)
        self.pass_time(1)
        self.set_state(server, "active", power=1)
        yield from self.update(server)
        yield from self.nova("create.end", "create.end", server)

    def server_rename(self) -> Iterator[str]:
        """Rename an instance."""
        if server := self.pick_server():
            server["name"] = self.name("vm")
            yield from self.update(server)

    def server_delete(self) -> Iterator[str]:
        """Delete an instance with its ports."""
        if not (server := self.pick_server("active", "stopped", "paused", "suspended", "rescued")):
            return
        self.set_task(server, "deleting")
        yield from self.update(server)
        host = self.hosts[server[HOST]]
        host.domains.pop(server["id"], None)
        self.pass_time(0.5)
        for port in self.of("port", device_id=server["id"]):
            host.unplug(port["id"])
            yield self.drop_port(port)
        yield from self.nova("shutdown.end", "shutdown.end", server)
        self.set_state(server, "deleted", power=0)
        yield from self.update(server)
        del self.items["server"][server["id"]]
        yield from self.nova("delete.end", "delete.end", server)

    def server_stop(self) -> Iterator[str]:
        """Stop an instance: its devices stay, but for the taps."""
        if server := self.pick_server("active"):
            yield from self.switch(server, "powering-off", "stopped", "shut off", 4, "power_off.end")

    def server_start(self) -> Iterator[str]:
        """Start an instance that was stopped: it is plugged anew."""
        if server := self.pick_server("stopped"):
            yield from self.switch(server, "powering-on", "active", "running", 1, "power_on.end", anew=True)

    def server_pause(self) -> Iterator[str]:
        """Pause an instance."""
        if server := self.pick_server("active"):
            yield from self.switch(server, "pausing", "paused", "paused", 3, "pause.end")

    def server_unpause(self) -> Iterator[str]:
        """Let a paused instance go on."""
        if server := self.pick_server("paused"):
            yield from self.switch(server, "unpausing", "active", "running", 1, "unpause.end")

    def server_suspend(self) -> Iterator[str]:
        """Suspend an instance."""
        if server := self.pick_server("active"):
            yield from self.switch(server, "suspending", "suspended", "shut off", 4, "suspend.end")

    def server_resume(self) -> Iterator[str]:
        """Let a suspended instance go on: it is plugged anew."""
        if server := self.pick_server("suspended"):
            yield from self.switch(server, "resuming", "active", "running", 1, "resume.end", anew=True)

    def server_rescue(self) -> Iterator[str]:
        """Rescue an instance, or end that."""
        if not (server := self.pick_server("active", "rescued")):
            return
        if server[STATE] == "active":
            yield from self.switch(server, "rescuing", "rescued", "running", 1, "rescue.end", anew=True)
        else:
            yield from self.switch(server, "unrescuing", "active", "running", 1, "unrescue.end", anew=True)

    def server_reboot(self) -> Iterator[str]:
        """Reboot an instance, softly or hard."""
        if not (server := self.pick_server("active")):
            return
        hard = "_hard" if self.random.random() < 0.5 else ""
        for task in ("rebooting", "reboot_pending", "reboot_started"):
            self.set_task(server, f"{task}{hard}")
            yield from self.update(server)
        if hard:
            self.replug(server)
        self.set_task(server, None)
        yield from self.update(server)
        yield from self.nova("reboot.end", "reboot.end", server)

    def server_rebuild(self) -> Iterator[str]:
        """Rebuild an instance."""
        if not (server := self.pick_server("active")):
            return
        domain = self.hosts[server[HOST]].domains.pop(server["id"])
        for task in ("rebuilding", "rebuild_block_device_mapping", "rebuild_spawning"):
            self.set_task(server, task)
            yield from self.update(server)
        self.hosts[server[HOST]].domains[server["id"]] = domain
        self.replug(server)
        self.set_task(server, None)
        yield from self.update(server)
        yield from self.nova("rebuild.end", "rebuild.end", server)
        yield from self.update(server)

    def server_live_migrate(self) -> Iterator[str]:
        """Move an instance while it runs: of its ports' new binding nobody tells, and the host that it left
        tells last what it knew before.
        """
        if not (server := self.pick_server("active")) or not (target := self.other_host(server)):
            return
        source = server[HOST]
        self.set_task(server, "migrating")
        yield from self.update(server)
        ports = self.of("port", device_id=server["id"])
        for port in ports:
            self.plug(port, target)
            port["binding:profile"] = {"migrating_to": target}
            port["status"] = "DOWN"
            self.changed(port)
            yield self.neutron("port.update.end", "port", port)
        yield from self.nova("live_migration.pre.end", "live_migration_pre.end", server, target)
        domain = self.hosts[source].domains[server["id"]]
        self.hosts[target].domains[server["id"]] = deepcopy(domain)
        yield from self.update(server)
        stale = deepcopy(server)
        del self.hosts[source].domains[server["id"]]
        for port in ports:
            port["binding:profile"] = {}
            self.bind(port, target)
            self.wire_later(target, port["id"])
            self.unplug_later(source, port["id"])
        self.place(server, target)
        self.set_task(server, None)
        yield from self.update(server)
        yield from self.nova("live_migration.post.dest.end", "live_migration_post_dest.end", server, target)
        self.pass_time(self.random.uniform(0.3, 1.5))
        yield from self.nova("live_migration._post.end", "live_migration_post.end", stale, source)

    def server_resize(self) -> Iterator[str]:
        """Resize an instance: it moves to another host, and waits to be confirmed or reverted."""
        if not (server := self.pick_server("active", "stopped")) or not (target := self.other_host(server)):
            return
        source = server[HOST]
        self.before_resize[server["id"]] = (source, dict(server["flavor"]), server[STATE])
        self.set_task(server, "resize_prep")
        yield from self.update(server)
        yield from self.nova("resize.prep.end", "resize_prep.end", server, target)
        self.set_task(server, "resize_migrating")
        yield from self.update(server)
        yield from self.move(server, target, "resize.end", "resize.end")
        self.set_task(server, "resize_finish")
        yield from self.update(server)
        server["flavor"] = self.flavor()
        self.start(server)
        if self.before_resize[server["id"]][2] == "stopped":
            self.hosts[target].domains[server["id"]].state = "shut off"
        self.set_state(server, "resized", power=server[POWER])
        yield from self.update(server)
        yield from self.nova("finish_resize.end", "resize_finish.end", server, target)

    def server_confirm(self) -> Iterator[str]:
        """Confirm that an instance was resized."""
        if not (server := self.pick_server("resized")):
            return
        source, _flavor, before = self.before_resize.pop(server["id"])
        self.set_state(server, before, power=server[POWER])
        yield from self.update(server)
        yield from self.nova("resize.confirm.end", "resize_confirm.end", server, source)
        yield from self.update(server)

    def server_revert(self) -> Iterator[str]:
        """Have an instance as it was before it was resized."""
        if not (server := self.pick_server("resized")):
            return
        source, flavor, before = self.before_resize.pop(server["id"])
        self.set_task(server, "resize_reverting")
        yield from self.update(server)
        yield from self.move(server, source, "resize.revert.end", None)
        server["flavor"] = flavor
        self.start(server)
        if before == "stopped":
            self.hosts[source].domains[server["id"]].state = "shut off"
        self.set_state(server, before, power=server[POWER])
        yield from self.update(server)
        yield from self.nova("finish_revert_resize.end", "resize_revert.end", server, source)

    def interface_attach(self) -> Iterator[str]:
        """Attach another port to an instance: only versioned notifications tell."""
        server, network = self.pick_server("active", "stopped"), self.pick(self.usable_networks())
        if server is None or network is None or len(self.of("port", device_id=server["id"])) > 3:
            return
        yield from self.new_nic(server, network)
        domain = self.hosts[server[HOST]].domains[server["id"]]
        domain.ports = [port["id"] for port in self.of("port", device_id=server["id"])]
        yield self.versioned("interface_attach.end", server, server[HOST])

    def interface_detach(self) -> Iterator[str]:
        """Detach a port that an instance has besides others."""
        if not (server := self.pick_server("active", "stopped")):
            return
        ports = self.of("port", device_id=server["id"])
        if len(ports) < 2 or (key := self.pick(port["id"] for port in ports)) is None:
            return
        host = self.hosts[server[HOST]]
        host.domains[server["id"]].ports.remove(key)
        port = self.items["port"][key]
        host.unplug(key)
        yield self.drop_port(port)
        yield self.versioned("interface_detach.end", server, server[HOST])
