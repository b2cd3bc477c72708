"""The config file that says where the database is."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo.uri_parser import parse_uri

from calipso.model.keyvalue import InvalidConfigError
from calipso.model.topology import Topology
from calipso.store import Store, StoreUnavailableError, connection
from calipso.store.config_file import read_uri


def written(path: Path, text: str) -> Path:
    """Return a file with that text."""
    file = path / "mongo.conf"
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ("server db.example", "mongodb://db.example:27017/"),
        ("server ::1\nport 27018\ndatabase lab", "mongodb://[::1]:27018/lab"),
        ("server /run/mongodb.sock", "mongodb://%2Frun%2Fmongodb.sock/"),
        (
            "server a,b:1, [::1]:2\nreplicaSet rs0\ntls true\nport 5",
            "mongodb://a:5,b:1,[::1]:2/?replicaSet=rs0&tls=true",
        ),
        (
            "# ours\nserver\t10.0.0.1\nport 27017\nuser calipso\npassword p@ss # w/rd\nauth_db calipso",
            "mongodb://calipso:p%40ss%20%23%20w%2Frd@10.0.0.1:27017/?authSource=calipso",
        ),
        ("server a\nuser x\npassword y", "mongodb://x:y@a:27017/?authSource=admin"),
        ("server a\nuser x\nauthMechanism MONGODB-X509\nauthSource $external", None),
    ],
)
def test_it_is_a_uri_line_by_line(tmp_path: Path, text: str, uri: str | None) -> None:
    found = read_uri(written(tmp_path, text))
    if uri is not None:
        assert found == uri
    else:
        assert found.endswith("x@a:27017/?authSource=%24external&authMechanism=MONGODB-X509")


def test_all_faults_are_told_at_once_and_no_secret(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        "server a b\nport 0\npassword s3cret\nauth_db x\ndatabase a.b\ncolour blue\nmaxPoolSize s3cret\n"
        "tlsCAFile /nope/ca.pem\n",
    )
    with pytest.raises(InvalidConfigError) as caught:
        read_uri(file)
    told = str(caught.value).replace(f"{file}", "")
    assert "s3cret" not in told
    assert told.splitlines() == [
        ":2: port must be a number from 1 to 65535",
        ":1: server must be a host name, an IP address, or several of them with commas between",
        ":3: password is of no use without user",
        ":4: auth_db is of no use without user",
        ":6: colour is no option that MongoDB's driver knows, or has no such value (Unknown option"
        + told.splitlines()[4].partition("(Unknown option")[2],
        ":7: maxPoolSize is no option that MongoDB's driver knows, or has no such value "
        "(The value of maxpoolsize must be an integer)",
        ":8: tlsCAFile is no option that MongoDB's driver knows, or has no such value"
        + told.splitlines()[6].partition("or has no such value")[2],
        ":5: database must be a name that MongoDB allows for a database",
    ]


def test_without_a_server_there_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(InvalidConfigError, match=r"mongo\.conf: server is missing: the host name"):
        read_uri(written(tmp_path, "# nothing\n"))


TEXTS = st.text(st.characters(exclude_characters="\n\r\0", exclude_categories=("Cs",)), min_size=1)
VALUES = TEXTS.map(lambda text: text.strip(" \t")).filter(bool)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(user=VALUES, password=VALUES, auth_db=VALUES)
def test_credentials_arrive_as_they_are_written(
    tmp_path: Path, user: str, password: str, auth_db: str
) -> None:
    text = f"server a\nuser {user}\npassword {password}\nauth_db {auth_db}\n"
    found = parse_uri(read_uri(written(tmp_path, text)))
    assert (found["username"], found["password"]) == (user, password)
    assert found["options"]["authSource"] == auth_db


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(server=VALUES, port=VALUES, database=VALUES, key=TEXTS, value=VALUES)
def test_what_is_no_fault_is_a_uri(
    tmp_path: Path, server: str, port: str, database: str, key: str, value: str
) -> None:
    text = f"server {server}\nport {port}\ndatabase {database}\n{key} {value}\n"
    try:
        uri = read_uri(written(tmp_path, text))
    except InvalidConfigError:
        return
    parse_uri(uri)


def config_of(path: Path, uri: str) -> Path:
    """Return a file that says what the tests' URI says."""
    socket, database = uri.removeprefix("mongodb://").split("/")
    return written(path, f"server {unquote(socket)}\ndatabase {database}\n")


def test_the_database_is_found_by_the_first_that_is_given(
    store: Store, mongo_uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.publish("lab", Topology())
    right, wrong = config_of(tmp_path, mongo_uri), tmp_path / "none.conf"
    monkeypatch.setenv("CALIPSO_MONGO_URI", "mongodb://127.0.0.1:1/")
    monkeypatch.setenv("CALIPSO_MONGO_CONFIG", str(wrong))
    with Store.open(mongo_uri, config=wrong) as opened:
        assert opened.generation("lab") == 1
    with Store.open(config=right) as opened:
        assert opened.generation("lab") == 1
    monkeypatch.setenv("CALIPSO_MONGO_CONFIG", str(right))
    with Store.open() as opened:
        assert opened.generation("lab") == 1
    monkeypatch.delenv("CALIPSO_MONGO_CONFIG")
    monkeypatch.setattr(connection, "DEFAULT_FILE", right)
    monkeypatch.setenv("CALIPSO_MONGO_URI", mongo_uri + "-other")
    with Store.open() as opened:
        assert opened.location == mongo_uri + "-other"
    monkeypatch.delenv("CALIPSO_MONGO_URI")
    with Store.open() as opened:
        assert opened.generation("lab") == 1
    monkeypatch.setattr(connection, "DEFAULT_FILE", wrong)
    monkeypatch.setenv("CALIPSO_HOME", str(tmp_path / "none"))
    with pytest.raises(StoreUnavailableError, match="CALIPSO_MONGO_CONFIG"):
        Store.open()


def test_a_config_file_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailableError, match=r"none\.conf: cannot be read"):
        Store.open(config=tmp_path / "none.conf")
