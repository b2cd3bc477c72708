"""An account: who somebody is, and what they may see and change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .environment import Environment

Role = Literal["admin", "user"]

VIEW, EDIT = "view-env", "edit-env"
"""The rights that an environment grants, by the keys of its `auth`."""


@dataclass(frozen=True, slots=True)
class Account:
    """Who somebody is: `source` is where the password is checked, `groups` are the directory's."""

    name: str
    role: Role
    source: Literal["local", "ldap"]
    groups: tuple[str, ...] = ()

    @property
    def principals(self) -> frozenset[str]:
        """What an environment may grant rights to: the name, and `group:NAME` for each group."""
        return frozenset((self.name, *(f"group:{group}" for group in self.groups)))


def may_view(account: Account, environment: Environment) -> bool:
    """Say whether an account may see an environment."""
    return may_edit(account, environment) or _is_granted(account, environment, VIEW)


def may_edit(account: Account, environment: Environment) -> bool:
    """Say whether an account may change an environment: administrators, its owner, and who was granted it."""
    return (
        account.role == "admin" or environment.user == account.name or _is_granted(account, environment, EDIT)
    )


def _is_granted(account: Account, environment: Environment, right: str) -> bool:
    return not account.principals.isdisjoint(environment.auth.get(right, ()))
