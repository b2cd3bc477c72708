"""Files such as overcloudrc and stackrc: what they export, found by reading and never by running them.

Of the shell's language this knows what those files are made of: assignments, export and unset, quotes,
escapes, comments, and variables that the file itself has set. What only a shell could tell is an error,
unless nothing that begins with OS_ depends on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MOST_BYTES = 1 << 20
"""The size of a file that is read."""

_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)
_REFERENCE = re.compile(r"\$(?:([A-Za-z_][A-Za-z0-9_]*+)(?!\\\n)|\{([A-Za-z_][A-Za-z0-9_]*)\})")
_LOST = re.compile(r"\bOS_\w*(?==)")
_SINGLE_QUOTED = re.compile(r"'([^']*)'")
_OPENING = frozenset({"if", "for", "while", "until", "case", "select"})
_CLOSING = frozenset({"fi", "done", "esac"})
_LEADING = frozenset({"then", "else", "do", "{"})
_EXPORTING = frozenset({"export", "declare", "typeset"})
_BLANKS = " \t"
_ENDS = "\n;&|"
_BREAKS = _BLANKS + _ENDS
_JOINS = "&|"
_REDIRECTING = "<>()"
_EXPANDING = frozenset("({@*#?-$!_\\")
_OURS = "OS_"


_AUTH = {
    "AUTH_URL": "auth_url",
    "USERNAME": "username",
    "USER_ID": "user_id",
    "PASSWORD": "password",
    "TENANT_NAME": "project_name",
    "TENANT_ID": "project_id",
    "PROJECT_NAME": "project_name",
    "PROJECT_ID": "project_id",
    "USER_DOMAIN_NAME": "user_domain_name",
    "USER_DOMAIN_ID": "user_domain_id",
    "PROJECT_DOMAIN_NAME": "project_domain_name",
    "PROJECT_DOMAIN_ID": "project_domain_id",
    "DOMAIN_NAME": "domain_name",
    "DOMAIN_ID": "domain_id",
    "SYSTEM_SCOPE": "system_scope",
    "APPLICATION_CREDENTIAL_ID": "application_credential_id",
    "APPLICATION_CREDENTIAL_NAME": "application_credential_name",
    "APPLICATION_CREDENTIAL_SECRET": "application_credential_secret",
}
_BESIDE = {
    "AUTH_TYPE": "auth_type",
    "REGION_NAME": "region_name",
    "CACERT": "cacert",
    "CERT": "cert",
    "KEY": "key",
    "IDENTITY_API_VERSION": "identity_api_version",
}
_SECRETS = ("password", "application_credential_secret")


class OvercloudError(ValueError):
    """What was given does not make a cloud; the text says where, and what to do."""


@dataclass(slots=True)
class _Command:
    """A simple command.

    `is_conditional`: it does not always run, or not in this shell; `unknown`: why only a shell would know it
    wholly; `rest`: what was not read of it.
    """

    line: int
    is_conditional: bool
    words: list[str] = field(default_factory=list)
    unknown: str | None = None
    rest: str = ""


def read_rc(path: Path) -> dict[str, str]:
    """Return the variables that a file sets, and that begin with OS_. Raises OvercloudError."""
    try:
        content = path.read_bytes() if path.stat().st_size <= MOST_BYTES else None
    except OSError as error:
        raise OvercloudError(f"{path} cannot be read: {error.strerror}") from None
    if content is None:
        raise OvercloudError(f"{path} has more than {MOST_BYTES} bytes: it is no file of variables")
    try:
        return variables(content.decode())
    except UnicodeDecodeError:
        raise OvercloudError(f"{path} is not text in UTF-8: it is no file of variables") from None
    except OvercloudError as error:
        raise OvercloudError(f"{path}, {error}") from None


def variables(text: str) -> dict[str, str]:
    """Return the variables that a text sets, and that begin with OS_. Raises OvercloudError."""
    if "\0" in text:
        raise OvercloudError("line 1: this is not text")
    known: dict[str, str] = {}
    depth = 0
    for command in _commands(text.replace("\r\n", "\n"), known):
        while command.words and command.words[0] in _LEADING:
            del command.words[0]
        keywords = [*command.words[:1], *command.rest.replace(";", " ").split()]
        depth += sum((word in _OPENING) - (word in _CLOSING) for word in keywords)
        if lost := _LOST.search(command.rest):
            raise OvercloudError(_told(command, lost.group(), str(command.unknown)))
        is_conditional = command.is_conditional or depth > 0
        if command.words[:1] == ["unset"]:
            for name in () if is_conditional else command.words[1:]:
                known.pop(name, None)
        else:
            _assign(command, known, is_conditional=is_conditional)
    return {name: value for name, value in known.items() if name.startswith(_OURS)}


def _assign(command: _Command, known: dict[str, str], *, is_conditional: bool) -> None:
    """Take the assignments of a command into what is `known`."""
    words = command.words
    is_exported = bool(words) and words[0] in _EXPORTING
    found = [_ASSIGNMENT.fullmatch(word) for word in words[is_exported:]]
    if not is_exported and not all(found):
        return
    for number, match in enumerate(found, start=1):
        if match is None:
            continue
        name, value = match.groups()
        fault = command.unknown if number == len(found) else None
        if fault is None and is_conditional:
            fault = "it is set under a condition, or in a pipe"
        if fault is None:
            known[name] = value
        elif name.startswith(_OURS):
            raise OvercloudError(_told(command, name, fault))
        else:
            known.pop(name, None)


def _told(command: _Command, name: str, fault: str) -> str:
    return (
        f"line {command.line}: {name} cannot be known without running the file: {fault}; write the value "
        "itself there, or make the cloud's entry in clouds.yaml by hand"
    )


def _commands(text: str, known: dict[str, str]) -> Iterator[_Command]:
    """Yield the simple commands of a text; variables are those `known` when a command is reached."""
    at, line = 0, 1
    while at < len(text):
        command = _Command(line, is_conditional=at > 0 and text[at - 1] in _JOINS)
        end = _read_command(text, at, command, known)
        line += text.count("\n", at, end)
        at = end
        if command.words or command.rest:
            yield command


def _read_command(text: str, at: int, command: _Command, known: dict[str, str]) -> int:
    """Read the words of the command that begins at `at`; return where the next one begins."""
    while at < len(text):
        if text[at] in _ENDS:
            command.is_conditional |= text[at] in _JOINS and text[at + 1 : at + 2] != text[at]
            return at + 1
        if text[at] == "#":
            at = _end_of_line(text, at)
        elif text[at] in _BLANKS:
            at += 1
        elif text.startswith("\\\n", at):
            at += 2
        else:
            word, at = _read_word(text, at, command, known)
            command.words.append(word)
            if command.unknown:
                end = _end_of_line(text, at, is_continued=True)
                command.rest = text[at:end]
                command.is_conditional |= any(join in command.rest for join in _JOINS)
                return end
    return at


def _read_word(text: str, at: int, command: _Command, known: dict[str, str]) -> tuple[str, int]:
    """Return the word that begins at `at`, and where it ends: there, or at what only a shell knows."""
    word = ""
    quoted = False
    while at < len(text):
        char, following = text[at], text[at + 1 : at + 2]
        if not quoted and char in _BREAKS:
            return word, at
        if not quoted and (found := _SINGLE_QUOTED.match(text, at)):
            word += found.group(1)
            at = found.end()
        elif char == '"':
            quoted = not quoted
            at += 1
        elif char == "\\":
            word += _escaped(following, quoted=quoted)
            at += 2
        elif char == "$" and (found := _REFERENCE.match(text, at)):
            name = found.group(1) or found.group(2)
            if name not in known:
                command.unknown = f"${name} is not set in the file"
                return word, at
            word += known[name]
            at = found.end()
        elif _is_for_a_shell(char, following, word, quoted=quoted):
            command.unknown = "it is what a shell makes of it"
            return word, at
        else:
            word += char
            at += 1
    if quoted:
        raise OvercloudError(f"line {command.line}: a quote is not closed")
    return word, at


def _is_for_a_shell(char: str, following: str, word: str, *, quoted: bool) -> bool:
    """Say whether a shell makes something else of a character, other than by the file's own variables."""
    if char == "$":
        return following.isalnum() or following in _EXPANDING or (not quoted and following in ("'", '"'))
    if char == "`":
        return True
    return not quoted and (char in _REDIRECTING or char == "'" or (char == "~" and word.endswith("=")))


def _escaped(char: str, *, quoted: bool) -> str:
    """Return what a backslash and a character mean."""
    if char == "\n":
        return ""
    return char if not quoted or char in '$`"\\' else f"\\{char}"


def _end_of_line(text: str, at: int, *, is_continued: bool = False) -> int:
    """Return where the line ends; one that `is_continued` goes on after a backslash at its end."""
    end = text.find("\n", at)
    while is_continued and end > 0 and text[end - 1] == "\\":
        end = text.find("\n", end + 1)
    return len(text) if end < 0 else end


def cloud_of(variables: Mapping[str, str]) -> dict[str, Any]:
    """Return the entry of clouds.yaml that the variables of an rc file mean. Raises OvercloudError."""
    auth, beside = (
        {key: value for name, key in names.items() if (value := variables.get(f"{_OURS}{name}"))}
        for names in (_AUTH, _BESIDE)
    )
    cloud: dict[str, Any] = {"auth": auth, **beside}
    if "auth_url" not in auth:
        raise OvercloudError("OS_AUTH_URL is not set: this is no overcloudrc")
    if not any(name in auth for name in _SECRETS):
        raise OvercloudError("OS_PASSWORD is not set, nor is there an application credential")
    if interface := variables.get("OS_INTERFACE") or variables.get("OS_ENDPOINT_TYPE"):
        cloud["interface"] = interface.removesuffix("URL")
    if variables.get("OS_INSECURE", "").lower() in ("true", "1", "yes"):
        cloud["verify"] = False
    return cloud
