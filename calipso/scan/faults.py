"""What a scan could not find out, in words for its operator."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from ..build.cloud import Cloud
from ..model.environment import Environment
from ..model.facts import HOST, Gap
from ..model.source import FURTHER, OPENSTACK, Facts, Source
from ..model.topology import Message
from ..model.unread import UNREAD
from .gaps import matters

Asked = Mapping[str, str | None]
"""The sources that a scan asks, each with its host's name in the inventory; None: no host."""

_CALLED = {OPENSTACK: "the OpenStack API"} | {source.name: source.called for source in FURTHER}


def faults(environment: Environment, facts: Facts, asked: Asked, heard: Collection[str]) -> list[Message]:
    """Return an error for each source that did not answer, and for each part that one should have told."""
    hosts = {host.source: host for host in Cloud(environment, facts).hosts.values()}
    found = []
    for name, host in asked.items():
        source = facts.sources.get(name, Source(name))
        if name in heard:
            texts = [
                f"{_who(name, host)} told no {gap['part']}, or not all ({gap['reason']}: {gap['detail']})"
                f"{_kept(gap)}"
                for gap in {(gap["part"], gap["reason"]): gap for gap in reversed(source.gaps)}.values()
                if matters(gap, hosts.get(name))
            ]
        else:
            why = (source.error or "its answer never came").rstrip(".")
            texts = [f"{_who(name, host)} did not answer ({why}); {_known(source)}"]
        related = hosts[name].name if name in hosts else host
        found += [Message("error", text, related, HOST if host else None) for text in texts]
    return found


def left_behind(facts: Facts, asked: Asked) -> Iterator[Message]:
    """Yield a notice for each source that a scan of the whole environment did not know of any more."""
    for name, source in facts.sources.items():
        if name not in asked and source.collected_at:
            text = (
                f"{name} is not among the hosts of the scan any more; {_known(source)}, and clear forgets it"
            )
            yield Message("notice", text)


def _kept(gap: Gap) -> str:
    return "; what it told before, if anything, stands" if gap["reason"] in UNREAD else ""


def _who(source: str, host: str | None) -> str:
    return _CALLED.get(source, source) if host is None else f"host {host}"


def _known(source: Source) -> str:
    if source.collected_at is None:
        return "nothing is known of it yet"
    return f"what is known of it is of {source.collected_at:%Y-%m-%d %H:%M:%S %Z}"
