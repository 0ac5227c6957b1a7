# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials in files of Docker's client: their places and kinds, and nothing else of them."""

from __future__ import annotations

import base64
import json
import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._daemon.location import Location
from ansible_collections.seawall.docker.plugins.module_utils._host.model import Account
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.files.client_configs import (
    client_configs,
    contents,
)

SECRET = "not-for-reports"
AUTH = base64.b64encode(f"bot:{SECRET}".encode()).decode()


@pytest.mark.parametrize(
    ("document", "found"),
    [
        ({}, []),
        ({"auths": {"reg.example.org": {}}, "credsStore": "pass"}, []),
        ({"auths": {"reg.example.org": {"auth": ""}}}, []),
        ({"auths": {"reg.example.org": {"auth": AUTH}}}, [("auths", "reg.example.org", "password")]),
        ({"Auths": {"r": {"Auth": AUTH}}}, [("auths", "r", "password")]),
        ({"auths": {"r": {"username": "bot", "password": SECRET, "auth": AUTH}}}, [("auths", "r", "password")]),
        (
            {"auths": {"a": {"identitytoken": SECRET}, "b": {"registrytoken": SECRET}}},
            [("auths", "a", "identity_token"), ("auths", "b", "registry_token")],
        ),
        (
            {"proxies": {"default": {"httpProxy": f"http://bot:{SECRET}@proxy:3128"}}},
            [("proxies", "default", "proxy_password")],
        ),
        ({"proxies": {"default": {"httpProxy": "http://proxy:3128", "noProxy": "a,b"}}}, []),
        ({"proxies": {"default": {"httpProxy": f"http://[bot:{SECRET}@"}}}, [("proxies", "default", "proxy_password")]),
        ({"HttpHeaders": {"Authorization": SECRET, "X-Meta": "y"}}, [("HttpHeaders", "Authorization", "header")]),
        ({"HttpHeaders": {"X-Api-Key": SECRET}}, [("HttpHeaders", "X-Api-Key", "header")]),
        ({"auths": [SECRET], "proxies": SECRET, "HttpHeaders": 7, "credHelpers": None}, []),
        ({"auths": {"a": SECRET, "b": [AUTH], "c": None}}, []),
    ],
)
def test_places_and_kinds(document: dict[str, t.Any], found: list[tuple[str, str, str]]) -> None:
    facts = contents(json.dumps(document).encode())
    assert [(one["section"], one["name"], one["kind"]) for one in facts["credentials"]] == found
    assert SECRET not in json.dumps(facts) and AUTH not in json.dumps(facts)


def test_a_registry_named_by_an_address_with_a_password() -> None:
    facts = contents(json.dumps({"auths": {f"https://bot:{SECRET}@reg.example.org": {"auth": AUTH}}}).encode())
    assert facts["credentials"][0]["kind"] == "password" and SECRET not in json.dumps(facts)


def test_stores_and_helpers_and_the_older_form() -> None:
    facts = contents(json.dumps({"credsStore": "pass", "credHelpers": {"gcr.io": "gcloud", "a.example": "x"}}).encode())
    assert facts == {"credentials": [], "credential_store": "pass", "credential_helpers": ["a.example", "gcr.io"]}
    old = contents(json.dumps({"https://index.docker.io/v1/": {"auth": AUTH}}).encode(), legacy=True)
    assert old["credentials"] == [{"section": "auths", "name": "https://index.docker.io/v1/", "kind": "password"}]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"7", b'{"a": NaN', b"[" * 10_000, b"\xff\xfe{}", b'{"a":' + b"9" * 5000 + b"}"]
)
def test_what_is_no_file_of_the_client_is_not_known(content: bytes) -> None:
    with pytest.raises(Unread):
        contents(content)


class Homes(Host):
    """A host whose users have their homes in a directory of the test."""

    def __init__(self, homes: Path, own: Account) -> None:
        super().__init__(lambda *_arguments, **_options: (1, "", ""))
        self._homes = homes
        self._own = own
        self.mounts = ""

    def account(self, name_or_uid: str | int) -> Account | None:
        if name_or_uid == 0:
            return self._own
        return Account(f"user{name_or_uid}", int(name_or_uid), 1, f"{self._homes}/user{name_or_uid}", "/bin/sh")

    def read_bytes(self, path: str, max_bytes: int = 0) -> bytes:
        if path == "/proc/self/mountinfo" and self.mounts:
            return self.mounts.encode()
        return super().read_bytes(path, max_bytes)


@pytest.fixture(name="look")
def _look(tmp_path: Path) -> t.Callable[..., dict[str, dict[str, t.Any]]]:
    """The entries by path below the homes, for a root whose home is ``root`` and members with these ids."""

    def look(*members: int, complete: bool = True, mounts: str = "") -> dict[str, dict[str, t.Any]]:
        host = Homes(tmp_path, Account("root", 0, 0, f"{tmp_path}/root", "/bin/sh"))
        host.mounts = mounts
        context = Context(
            host, Location("running", "unix:///nowhere", "option", True, None, None, None, None, ""), None
        )
        group = {"members": [{"name": f"user{uid}", "uid": uid} for uid in members], "members_complete": complete}
        context.once("section:host", lambda: {"api_groups": [group], "unread": {}})
        return {entry["path"].replace(f"{tmp_path}/", ""): entry for entry in client_configs(context)}

    return look


def login(home: Path, name: str = ".docker/config.json") -> Path:
    path = home / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"auths": {"reg.example.org": {"auth": AUTH}}}), encoding="utf-8")
    path.chmod(0o640)
    return path


def test_root_and_members_of_the_group_are_looked_at(tmp_path: Path, look: t.Callable[..., t.Any]) -> None:
    login(tmp_path / "root")
    login(tmp_path / "user7")
    (tmp_path / "user7" / ".dockercfg").write_text("{}", encoding="utf-8")
    login(tmp_path / "user8")
    found = look(7, 9)
    assert set(found) == {f"{name}/.docker/config.json" for name in ("root", "user7", "user9")} | {"user7/.dockercfg"}
    assert found["user7/.docker/config.json"] == {
        "role": "client_config",
        "path": f"{tmp_path}/user7/.docker/config.json",
        "user": "user7",
        "present": True,
        "mode": "0640",
        "credentials": [{"section": "auths", "name": "reg.example.org", "kind": "password"}],
        "credential_store": None,
        "credential_helpers": [],
        "unread": {},
    }
    assert found["user9/.docker/config.json"]["present"] is False


def test_members_that_are_not_listed_are_one_gap(look: t.Callable[..., t.Any]) -> None:
    found = look(complete=False)
    assert "does not list all members" in found["(unknown client_config of (others))"]["unread"]["present"]


@pytest.mark.parametrize("kind", ["link", "linked directory", "fifo", "directory", "large"])
def test_a_user_cannot_have_other_files_read(tmp_path: Path, look: t.Callable[..., t.Any], kind: str) -> None:
    wanted = tmp_path / "root" / ".docker" / "config.json"
    other = login(tmp_path / "other")
    wanted.parent.parent.mkdir()
    if kind == "linked directory":
        wanted.parent.symlink_to(other.parent)
    else:
        wanted.parent.mkdir()
    if kind == "link":
        wanted.symlink_to(other)
    elif kind == "fifo":
        os.mkfifo(wanted)
    elif kind == "directory":
        wanted.mkdir()
    elif kind == "large":
        wanted.write_bytes(b" " * (1024 * 1024 + 1))
    entry = look()["root/.docker/config.json"]
    assert "present" not in entry and "credentials" not in entry
    assert entry["unread"]["credentials"]


@pytest.mark.parametrize(("kind", "asked"), [("nfs4", False), ("fuse.sshfs", False), ("autofs", False), ("ext4", True)])
def test_a_server_is_not_asked(tmp_path: Path, look: t.Callable[..., t.Any], kind: str, asked: bool) -> None:
    login(tmp_path / "root")
    mounts = f"1 0 8:1 / / rw - ext4 /dev/sda rw\n2 1 0:9 / {tmp_path} rw - {kind} server:/home rw\n"
    entry = look(mounts=mounts)["root/.docker/config.json"]
    assert ("credentials" in entry) is asked
    assert asked or kind in entry["unread"]["credentials"]
