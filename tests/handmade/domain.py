"""libvirt's XML of hand-made domains."""

from __future__ import annotations


def domain(uuid: str, name: str, nova_name: str, *interfaces: str) -> str:
    """Return a running domain as `virsh dumpxml` prints it."""
    return f"""<domain type='kvm' id='1'>
  <name>{name}</name>
  <uuid>{uuid}</uuid>
  <metadata>
    <nova:instance xmlns:nova="http://openstack.org/xmlns/libvirt/nova/1.1">
      <nova:package version="26.2.2"/>
      <nova:name>{nova_name}</nova:name>
    </nova:instance>
  </metadata>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
{"".join(interfaces)}  </devices>
</domain>
"""


def bridged(mac: str, bridge: str, tap: str) -> str:
    """Return an interface in a Linux bridge."""
    return f"""    <interface type='bridge'>
      <mac address='{mac}'/>
      <source bridge='{bridge}'/>
      <target dev='{tap}'/>
      <model type='virtio'/>
      <alias name='net0'/>
    </interface>
"""


def on_ovs(mac: str, port: str) -> str:
    """Return an interface that is plugged straight into Open vSwitch."""
    return f"""    <interface type='bridge'>
      <mac address='{mac}'/>
      <source bridge='br-int'/>
      <virtualport type='openvswitch'>
        <parameters interfaceid='{port}'/>
      </virtualport>
      <target dev='tap{port[:11]}'/>
      <model type='virtio'/>
      <alias name='net0'/>
    </interface>
"""


def passed_through(mac: str, address: str, vlan: int) -> str:
    """Return an interface that is a virtual function at a PCI address."""
    bus, slot, function = address[5:7], address[8:10], address[11:]
    return f"""    <interface type='hostdev' managed='yes'>
      <mac address='{mac}'/>
      <driver name='vfio'/>
      <source>
        <address type='pci' domain='0x0000' bus='0x{bus}' slot='0x{slot}' function='0x{function}'/>
      </source>
      <vlan>
        <tag id='{vlan}'/>
      </vlan>
      <alias name='hostdev0'/>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x05' function='0x0'/>
    </interface>
"""


def macvtap(mac: str, device: str, target: str) -> str:
    """Return an interface that is a macvtap device on a virtual function's device."""
    return f"""    <interface type='direct'>
      <mac address='{mac}'/>
      <source dev='{device}' mode='passthrough'/>
      <target dev='{target}'/>
      <model type='virtio'/>
      <alias name='net0'/>
    </interface>
"""


def vhost_user(mac: str, socket: str) -> str:
    """Return an interface on a socket."""
    return f"""    <interface type='vhostuser'>
      <mac address='{mac}'/>
      <source type='unix' path='{socket}' mode='server'/>
      <model type='virtio'/>
      <alias name='net0'/>
    </interface>
"""
