"""The config file of a directory: what it may say, and every fault told with its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calipso.accounts import read_directory
from calipso.accounts.directory_config import KEYS, Url, read_config
from calipso.model.keyvalue import ConfigFile, InvalidConfigError


def written(path: Path, text: str) -> Path:
    """Return a file with that text."""
    file = path / "ldap.conf"
    file.write_text(text, encoding="utf-8")
    return file


def test_few_lines_suffice(tmp_path: Path) -> None:
    text = "# ours\nurl ldaps://a.example\n\nuser_tree_dn\tou=people,dc=example,dc=org\r\n"
    config = read_config(written(tmp_path, text))
    assert config.urls == (Url("a.example", 636, tls=True),)
    assert config.user_tree_dn == "ou=people,dc=example,dc=org"
    assert (config.user, config.password, config.group_tree_dn) == (None, None, None)
    assert (config.query_scope, config.user_id_attribute, config.checks_certificate) == ("sub", "uid", True)


@pytest.mark.parametrize(
    ("value", "urls"),
    [
        ("ldap://a", "ldap://a:389"),
        ("ldaps://a:1636 ldap://[::1]:389", "ldaps://a:1636 ldap://[::1]:389"),
        ("ldaps://a,ldaps://b/", "ldaps://a:636 ldaps://b:636"),
    ],
)
def test_servers_are_tried_in_their_order(tmp_path: Path, value: str, urls: str) -> None:
    config = read_config(written(tmp_path, f"url {value}\nuser_tree_dn dc=x\n"))
    assert " ".join(map(str, config.urls)) == urls


def test_the_password_comes_from_the_file_another_file_or_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = "url ldaps://a\nuser_tree_dn dc=x\nuser cn=x\n"
    secret = tmp_path / "secret"
    secret.write_text("from # a file\n")
    monkeypatch.setenv("CALIPSO_LDAP_PASSWORD", "from the environment")
    assert read_config(written(tmp_path, start)).password == "from the environment"
    assert read_config(written(tmp_path, f"{start}password_file {secret}")).password == "from # a file"
    config = read_config(written(tmp_path, f"{start}password  here # too "))
    assert config.password == "here # too"
    assert "here" not in repr(config)


def test_all_faults_are_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CALIPSO_LDAP_PASSWORD", raising=False)
    file = written(
        tmp_path,
        "url http://a\nuser nobody\nlonely\nuser_filter mail=x\nquery_scope all\nquery_scope sub\n"
        "tls_cacertfile /nope\ntls_req_cert maybe\nuser_objectclass a)(b\ncolour blue\n"
        "group_members_are_ids yes\nadmin_group admins\n",
    )
    with pytest.raises(InvalidConfigError) as caught:
        read_directory(file)
    told = [line.removeprefix(f"{file}") for line in str(caught.value).splitlines()]
    assert sorted(told) == sorted(
        [
            ":1: url must be ldaps://HOST or ldap://HOST, with :PORT where it is another",
            ":2: user must be a distinguished name, such as ou=people,dc=example,dc=org",
            ":2: user needs a password: password, password_file, or $CALIPSO_LDAP_PASSWORD",
            ":3: expected a key, a blank and a value",
            ":4: user_filter must be an LDAP filter: (attribute=value)",
            ":5: query_scope must be sub or one",
            ":6: query_scope stands in line 5 already",
            ":7: tls_cacertfile must be a readable file of CA certificates (PEM)",
            ":8: tls_req_cert must be demand or allow or never",
            ":9: user_objectclass must be a name of letters, digits and hyphens",
            f":10: colour is no key of this file; there are {', '.join(KEYS)}",
            ":11: group_members_are_ids must be true or false",
            ":12: admin_group is of no use without group_tree_dn",
            ": user_tree_dn is missing: the distinguished name below which the users are",
        ]
    )


@pytest.mark.parametrize(
    "url",
    [
        "a",
        "ldap:",
        "ldap://",
        "ldapi:///x",
        "ldaps://a:x",
        "ldaps://a:99999",
        "ldaps://u:p@a",
        "ldaps://a/dc=x",
        "ldaps://a?b",
    ],
)
def test_what_is_no_server_is_a_fault(tmp_path: Path, url: str) -> None:
    with pytest.raises(InvalidConfigError, match=":1: url must be"):
        read_config(written(tmp_path, f"url {url}\nuser_tree_dn dc=x\n"))


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfigError, match=r"none\.conf: cannot be read: No such file"):
        read_directory(tmp_path / "none.conf")
    binary = tmp_path / "binary"
    binary.write_bytes(b"url \xff\n")
    with pytest.raises(InvalidConfigError, match="binary: cannot be read"):
        read_directory(binary)


WORDS = st.text(st.characters(exclude_categories=("Z", "C"), exclude_characters="#"), min_size=1)
VALUES = st.text(st.characters(exclude_characters="\n\r\0", exclude_categories=("Cs",)), min_size=1).map(
    lambda text: text.strip(" \t")
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pairs=st.dictionaries(WORDS, VALUES.filter(bool)))
def test_what_is_written_is_read(tmp_path: Path, pairs: dict[str, str]) -> None:
    text = "".join(f" {key}\t {value} \n# {value}\n" for key, value in pairs.items())
    file = ConfigFile(written(tmp_path, text))
    file.finish()
    assert file.others(()) == pairs


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=300))
def test_no_file_breaks_it(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "any.conf"
    file.write_bytes(content)
    with pytest.raises(InvalidConfigError):
        read_config(file)
