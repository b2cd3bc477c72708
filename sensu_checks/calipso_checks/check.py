"""What a check is: the parameters that it takes, and the function that looks."""

from __future__ import annotations

from typing import Any, Callable, Mapping, NamedTuple, Sequence

from .host import Host
from .parameters import Parameter, values
from .result import UNKNOWN, CannotTellError, Result


class Check(NamedTuple):
    """A check. `look` gets the host's state, and every parameter's value; it may raise CannotTellError."""

    doc: str
    parameters: Sequence[Parameter]
    look: Callable[..., Result]

    def run(self, host: Host, given: Mapping[str, Any]) -> Result:
        """Return what it says of `host`; ParameterError for parameters that it does not take."""
        found = values(self.parameters, given)
        try:
            return self.look(host, **found)
        except CannotTellError as reason:
            return Result(UNKNOWN, str(reason))
