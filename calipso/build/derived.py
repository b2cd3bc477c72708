"""What follows from the facts and is asked more than once: worked out once, until what it read has changed.

What such a function returns is shared by all that ask: nobody may change it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import update_wrapper, wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

if TYPE_CHECKING:
    from .cloud import Cloud
    from .hosts import Host

P = ParamSpec("P")
T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


def derived(function: Callable[Concatenate[Cloud, P], T]) -> Callable[Concatenate[Cloud, P], T]:
    """Keep what a function of the cloud, and of arguments that can be keys, returns."""

    def asked(cloud: Cloud, /, *args: P.args, **_none: P.kwargs) -> T:
        found: T = cloud.derive((function, *args))
        return found

    update_wrapper(asked, function)
    return asked


def of_host(function: Callable[[Cloud, Host], T]) -> Callable[[Cloud, Host | str], T]:
    """Keep what a function of the cloud and of a host returns.

    Who asks by the host's name is not concerned by the host itself, but only by what is returned.
    """

    def by_name(cloud: Cloud, name: str) -> T:
        return function(cloud, cloud.hosts[name])

    @wraps(function)
    def asked(cloud: Cloud, host: Host | str) -> T:
        found: T = cloud.derive((by_name, host if isinstance(host, str) else host.name))
        return found

    return asked


def keyed(function: Callable[[Cloud], Mapping[K, T]]) -> Callable[[Cloud, K], T | None]:
    """Keep the mapping that a function of the cloud returns, and let it be asked by key.

    Who asks is concerned only where what is at that key has changed.
    """

    @wraps(function)
    def asked(cloud: Cloud, key: K) -> T | None:
        found: T | None = cloud.derive_entry((function,), key)
        return found

    return asked


def gathered(
    function: Callable[[Cloud, Host], Iterable[tuple[K, T]]],
) -> Callable[[Cloud, K], Mapping[str, T]]:
    """Let what a function says of each host be asked by key: what is said there, by the host's name.

    `function` yields each key once for a host.
    """

    @of_host
    def own(cloud: Cloud, host: Host) -> dict[K, T]:
        return dict(function(cloud, host))

    def all_hosts(cloud: Cloud) -> dict[K, dict[str, T]]:
        found: dict[K, dict[str, T]] = {}
        for name in cloud.hosts:
            for key, said in own(cloud, name).items():
                found.setdefault(key, {})[name] = said
        return found

    @wraps(function)
    def asked(cloud: Cloud, key: K) -> Mapping[str, Any]:
        return cloud.derive_entry((all_hosts,), key) or {}

    return asked
