"""Echo requests of ICMP (pings), to many addresses at once, by one socket."""

from __future__ import annotations

import ipaddress
import os
import select
import socket
import struct
import time
from typing import Dict, NamedTuple, Optional, Sequence, Tuple

from .result import CannotTellError

INTERVAL_S = 0.2
"""Between two requests to an address."""

_HEADER = struct.Struct("!BBHHH")
_SOL_RAW, _ICMP_FILTER = 255, 1
"""An option of Linux: the types of messages that a raw socket does not get, as bits."""
_MOST_BYTES = 2048


class Answers(NamedTuple):
    """What requests came to: those lost, in percent, and the mean time of the others, in ms."""

    loss: float
    latency: Optional[float]


class _Protocol(NamedTuple):
    family: int
    number: int
    request: int
    reply: int


_PROTOCOLS = {
    4: _Protocol(socket.AF_INET, socket.IPPROTO_ICMP, 8, 0),
    6: _Protocol(socket.AF_INET6, socket.IPPROTO_ICMPV6, 128, 129),
}


def ping(source: str, peers: Sequence[str], count: int, timeout: float) -> Dict[str, Answers]:
    """Return how each peer answered `count` requests from the address `source`, each within `timeout` s.

    CannotTellError for what is no IP address, or none of this host, and where the right is missing.
    """
    version = ipaddress.ip_address(source).version
    addresses = {peer: _address(peer, version) for peer in peers}
    with _open(source, _PROTOCOLS[version]) as opened:
        pings = _Pings(opened, _PROTOCOLS[version])
        for number in range(count):
            following = time.monotonic() + INTERVAL_S
            for address in addresses.values():
                pings.send(address, number)
                pings.receive(until=0)
            if number + 1 < count:
                pings.receive(until=following)
                time.sleep(max(0.0, following - time.monotonic()))
        pings.receive(until=time.monotonic() + timeout)
    return {peer: pings.answers(address, count, timeout) for peer, address in addresses.items()}


def _address(peer: str, version: int) -> str:
    try:
        found = ipaddress.ip_address(peer)
    except ValueError:
        raise CannotTellError(f"peer {peer} is no IP address") from None
    if found.version != version:
        raise CannotTellError(f"peer {peer} has no address of IP version {version}")
    return str(found)


def _open(source: str, protocol: _Protocol) -> socket.socket:
    """Return a socket for all users where the system admits them (net.ipv4.ping_group_range), else root's."""
    try:
        try:
            opened = socket.socket(protocol.family, socket.SOCK_DGRAM, protocol.number)
        except PermissionError:
            opened = socket.socket(protocol.family, socket.SOCK_RAW, protocol.number)
    except OSError as problem:
        raise CannotTellError(f"pings cannot be sent: {problem.strerror}") from None
    try:
        if opened.type == socket.SOCK_RAW and protocol.family == socket.AF_INET:
            unwanted = 0xFFFFFFFF & ~(1 << protocol.reply)
            opened.setsockopt(_SOL_RAW, _ICMP_FILTER, struct.pack("=I", unwanted))
        opened.bind((source, 0))
    except OSError as problem:
        opened.close()
        raise CannotTellError(f"pings cannot be sent from {source}: {problem.strerror}") from None
    opened.setblocking(False)
    return opened


class _Pings:
    """Requests that were sent, by address and number, and how long their replies took, in seconds."""

    def __init__(self, opened: socket.socket, protocol: _Protocol) -> None:
        self._socket, self._protocol = opened, protocol
        self._has_ip_header = opened.type == socket.SOCK_RAW and protocol.family == socket.AF_INET
        self._mark = os.urandom(8)
        self._sent: Dict[Tuple[str, Optional[int]], float] = {}
        self._took: Dict[Tuple[str, Optional[int]], float] = {}

    def send(self, address: str, number: int) -> None:
        """Send a request; one that the system does not send is lost."""
        header = _HEADER.pack(self._protocol.request, 0, 0, 0, number)
        header = _HEADER.pack(self._protocol.request, 0, checksum(header + self._mark), 0, number)
        self._sent[address, number] = time.monotonic()
        try:
            self._socket.sendto(header + self._mark, (address, 0))
        except OSError:
            return

    def receive(self, *, until: float) -> None:
        """Take replies until all are there, or that time has come; in any case those that wait."""
        while len(self._took) < len(self._sent):
            left = max(0.0, until - time.monotonic())
            if not select.select([self._socket], [], [], left)[0]:
                return
            try:
                message, sender = self._socket.recvfrom(_MOST_BYTES)
            except OSError:
                continue
            request = (sender[0], self._number_in(message))
            if request in self._sent and request not in self._took:
                self._took[request] = time.monotonic() - self._sent[request]

    def answers(self, address: str, count: int, timeout: float) -> Answers:
        """Return what the requests to an address came to; an answer after `timeout` seconds is none."""
        took = [self._took.get((address, number), timeout) for number in range(count)]
        answered = [seconds for seconds in took if seconds < timeout]
        latency = 1000 * sum(answered) / len(answered) if answered else None
        return Answers(100 * (count - len(answered)) / count, latency)

    def _number_in(self, message: bytes) -> Optional[int]:
        """Return the number of the request that a message replies to; None: to none of these."""
        if self._has_ip_header and message:
            message = message[(message[0] & 0x0F) * 4 :]
        if message[_HEADER.size :] != self._mark or message[0] != self._protocol.reply:
            return None
        return int(_HEADER.unpack_from(message)[4])


def checksum(message: bytes) -> int:
    """Return the internet's checksum (RFC 1071) of an even number of bytes."""
    total = sum(struct.unpack(f"!{len(message) // 2}H", message))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
