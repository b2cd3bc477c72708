"""`calipso completion`: names and options by the Tab key."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print a script for completion by the Tab key.

    It completes commands, options, environments, snapshots and objects.

    \b
    bash: source <(calipso completion bash)               in ~/.bashrc
    zsh:  source <(calipso completion zsh)                in ~/.zshrc, after compinit
    fish: calipso completion fish > ~/.config/fish/completions/calipso.fish
    """
    group = context.find_root().command
    made = get_completion_class(shell)
    if made is None:
        raise click.ClickException(f"click completes nothing in {shell}")
    click.echo(made(group, {}, "calipso", "_CALIPSO_COMPLETE").source())
