"""How commands fail: one line on standard error, and a status that scripts can tell faults by."""

from __future__ import annotations

import errno
import os
import sys
from typing import Any

import click

from ..report.text import visible


class Trouble(click.ClickException):
    """A fault of a command whose status 1 is none."""

    exit_code = 2


class Comparing(click.Command):
    """A command whose status 1 says that what it compared is different, as diff's does."""

    fault = Trouble


class Unchecked(click.ClickException):
    """A fault of a command whose statuses are those of Sensu's checks: nothing is known."""

    exit_code = 3


class Checking(click.Command):
    """A command whose status can say how something is, as a check's: 0 ok, 1 warning, 2 error, 3 unknown."""

    fault = Unchecked


class Commands(click.Group):
    """A group whose faults take one line: status 2 for wrong usage, 1 for everything else, or as a command's
    own `fault` says.
    """

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return the names of the commands, in the order in which they were added."""
        return list(self.commands)

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Read the group's own options."""
        try:
            return super().make_context(*args, **kwargs)
        except click.ClickException as error:
            raise brief(error) from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command, and hand over what it printed."""
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="backslashreplace")
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except click.ClickException as error:
            raise brief(error, self._fault(ctx)) from None
        except OSError as error:
            _abandon_output()
            if error.errno == errno.EPIPE:
                raise click.exceptions.Exit(self._fault(ctx).exit_code) from None
            raise self._fault(ctx)(f"this cannot be done: {error.strerror or error}") from None
        return result

    def _fault(self, ctx: click.Context) -> type[click.ClickException]:
        return getattr(self.commands.get(ctx.invoked_subcommand or ""), "fault", click.ClickException)


def brief(
    error: click.ClickException, fault: type[click.ClickException] = click.ClickException
) -> click.ClickException:
    """Return an error that says the same on one line, a `fault` unless the usage is wrong; one that shows a
    command's help stays.
    """
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        return error
    text = visible(" ".join(error.format_message().split()))
    if not isinstance(error, click.UsageError):
        return fault(text)
    command = error.ctx.command_path if error.ctx else "calipso"
    return click.UsageError(f"{text.removesuffix('.')}. `{command} --help` tells more.")


def print_version(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    """Print Calipso's version and end, if that is wanted."""
    if wanted and not context.resilient_parsing:
        from ..version import version

        click.echo(f"calipso {version()}")
        context.exit()


def _abandon_output() -> None:
    """Let Python not try again, when it ends, to write what nobody takes."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, sys.stdout.fileno())
    finally:
        os.close(nowhere)
