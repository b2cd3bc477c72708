"""Users of a real slapd: who is let in, as whom, and what is said where the directory cannot be asked."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest
from account_samples import Configure
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ldap_server import PEOPLE, SUFFIX, Slapd, free_port, make_ca

from calipso.accounts import Directory, DirectoryUnavailableError
from calipso.model.account import Account

ANN = Account("ann", "admin", "ldap", ("admins", "ops"))
BOB = Account("bob", "user", "ldap", ("admins", "ops"))


@pytest.fixture(params=["ldaps", "StartTLS"])
def directory(request: pytest.FixtureRequest, slapd: Slapd, configured: Configure) -> Directory:
    """The directory, by either way to TLS."""
    return configured(url=slapd.tls_url if request.param == "ldaps" else slapd.url)


def test_a_right_password_gives_the_account_with_its_groups(directory: Directory) -> None:
    assert directory.authenticate("ann", "ann's password") == ANN
    assert directory.authenticate("bob", "bob's password") == BOB
    assert directory.look_up("bob") == BOB


def test_the_account_has_the_name_that_the_directory_spells(directory: Directory) -> None:
    assert directory.authenticate("ANN", "ann's password") == ANN
    assert directory.look_up("ANN") == ANN


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("ann", "wrong"),
        ("ann", "bob's password"),
        ("ann", ""),
        ("ann", "\0"),
        ("nobody", "ann's password"),
        ("", "ann's password"),
        ("*", "ann's password"),
        ("an*", "ann's password"),
        ("ann)(uid=*", "ann's password"),
        ("*)(|(uid=ann", "ann's password"),
        ("ann\\2a", "ann's password"),
        ("ann\0", "ann's password"),
        (f"uid=ann,{PEOPLE}", "ann's password"),
        ("twin", "twins' password"),
        ("keyless", ""),
        ("keyless", "any"),
        ("group:ops", "mallory's password"),
        ("printer", "printer's password"),
    ],
)
def test_everybody_else_is_refused(directory: Directory, name: str, password: str) -> None:
    assert directory.authenticate(name, password) is None


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(max_size=220), password=st.text(max_size=50))
def test_any_name_and_password_are_refused(configured: Configure, name: str, password: str) -> None:
    directory = configured()
    assert directory.authenticate(name, password) is None
    assert directory.authenticate("ann", password) is None


@pytest.mark.parametrize(
    ("changes", "groups", "role"),
    [
        ({"admin_group": "admins"}, ("admins", "ops"), "admin"),
        ({"admin_group": "admins", "query_scope": "one"}, ("ops",), "user"),
        ({"admin_group": None}, ("admins", "ops"), "user"),
        ({"admin_group": None, "group_tree_dn": None}, (), "user"),
        (
            {
                "group_objectclass": "posixGroup",
                "group_member_attribute": "memberUid",
                "group_members_are_ids": "true",
            },
            ("unix",),
            "user",
        ),
        ({"user_id_attribute": "cn", "user_filter": "(uid=bob)"}, ("admins", "ops"), "user"),
    ],
)
def test_groups_are_found_as_configured(
    configured: Configure, changes: dict[str, str], groups: tuple[str, ...], role: str
) -> None:
    name = "Bob (ops), here" if "user_id_attribute" in changes else "bob"
    account = configured(**changes).authenticate(name, "bob's password")
    assert account is not None
    assert (account.name, account.groups, account.role) == (name, groups, role)


def test_the_filter_says_who_counts(configured: Configure) -> None:
    directory = configured(user_filter="(mail=*)")
    assert directory.authenticate("ann", "ann's password") == ANN
    assert directory.authenticate("bob", "bob's password") is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tls_cacertfile": None}, "certificate verify failed"),
        ({"password": "wrong"}, "invalidCredentials.*check user and its password"),
        ({"user": None, "password": None}, "insufficientAccessRights.*what its user may read"),
        ({"user_tree_dn": f"ou=nope,{SUFFIX}"}, "ou=nope.*noSuchObject"),
    ],
)
def test_what_is_configured_wrongly_is_told(
    configured: Configure, changes: dict[str, str], said: str
) -> None:
    with pytest.raises(DirectoryUnavailableError, match=said) as caught:
        configured(**changes).authenticate("ann", "ann's password")
    assert "password's" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["ldap", "ldaps"])
def test_a_certificate_must_be_of_the_ca_and_for_the_name(
    slapd: Slapd, configured: Configure, tmp_path: Path, scheme: str
) -> None:
    url = slapd.tls_url if scheme == "ldaps" else slapd.url
    other_ca = str(make_ca(tmp_path, "localhost"))
    with pytest.raises(
        DirectoryUnavailableError, match=r"certificate verify failed.*Check .* tls_cacertfile"
    ):
        configured(url=url, tls_cacertfile=other_ca).authenticate("ann", "ann's password")
    by_address = url.replace("localhost", "127.0.0.1")
    with pytest.raises(DirectoryUnavailableError, match="its certificate is for another name"):
        configured(url=by_address).authenticate("ann", "ann's password")
    unchecked = configured(url=by_address, tls_cacertfile=None, tls_req_cert="never")
    assert unchecked.authenticate("ann", "ann's password") == ANN


def test_a_server_without_tls_is_refused(configured: Configure, tmp_path: Path) -> None:
    plain = Slapd(tmp_path / "plain", tls=False)
    plain.start()
    try:
        with pytest.raises(DirectoryUnavailableError, match="unsupported extended operation"):
            configured(url=plain.url).authenticate("ann", "ann's password")
    finally:
        plain.stop()


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"0\x0c\x02\x01\x01a\x07\n\x01\0\4\0\4\0"]
)
def test_nothing_is_told_to_who_speaks_no_tls(configured: Configure, answer: bytes) -> None:
    heard = b""

    def listen(server: socket.socket) -> None:
        nonlocal heard
        client, _address = server.accept()
        with client:
            heard = client.recv(65536)
            client.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as server:
        listening = threading.Thread(target=listen, args=(server,))
        listening.start()
        directory = configured(url=f"ldap://localhost:{server.getsockname()[1]}")
        with pytest.raises(DirectoryUnavailableError):
            directory.authenticate("ann", "ann's password")
        listening.join()
    assert b"1.3.6.1.4.1.1466.20037" in heard
    assert b"ann" not in heard
    assert b"searcher" not in heard


def test_the_next_server_is_asked_where_one_is_down(slapd: Slapd, configured: Configure) -> None:
    directory = configured(url=f"ldaps://localhost:{free_port()}, {slapd.tls_url}")
    assert directory.authenticate("ann", "ann's password") == ANN


def test_a_directory_that_was_down_is_asked_again(configured: Configure, tmp_path: Path) -> None:
    server = Slapd(tmp_path / "flaky")
    directory = configured(url=f"{server.tls_url},{server.url}", tls_cacertfile=str(server.ca))
    for _time in range(2):
        with pytest.raises(DirectoryUnavailableError, match=r"ldaps://.*refused.*ldap://.*refused.*Check"):
            directory.authenticate("ann", "ann's password")
        server.start()
        try:
            assert directory.authenticate("ann", "ann's password") == ANN
        finally:
            server.stop()
