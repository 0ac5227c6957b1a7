# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is foreseen of files: new ones, their owners and modes, who can replace them and who watches them."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._plan.forecast import posture_after

Json = dict[str, t.Any]
FILE = "/etc/docker/daemon.json"


def step(kind: str = "daemon_options", **facts: t.Any) -> Json:
    whole = {"kind": kind, "file": FILE, "impact": "restart", "containers": [], "options": {}, "remove": []}
    return {**whole, **facts}


def absent(role: str, path: str) -> Json:
    return {"role": role, "path": path, "real_path": path, "present": False}


def test_a_new_daemon_json_is_roots_and_watched_by_nobody() -> None:
    posture: Json = {
        "files": [
            absent("daemon_json", FILE),
            absent("config_directory", "/etc/docker"),
            absent("defaults_file", "/d"),
        ],
        "auditing": {
            "targets": {
                "daemon_json": {"present": False},
                "config_directory": {"present": False},
                "other": {
                    "present": True,
                    "watched": True,
                    "watched_loaded": False,
                    "unread": {"watched_written": "no"},
                },
            }
        },
    }
    posture["files"][1]["access_list"] = []
    after = posture_after(posture, [step(options={"icc": False})])
    roots = {"owner": "root", "group": "root", "uid": 0, "gid": 0, "hard_links": 1, "access_list": [], "present": True}
    assert after["files"] == [
        {"role": "daemon_json", "path": FILE, "real_path": FILE, "type": "file", "mode": "0644", **roots},
        {
            "role": "config_directory",
            "path": "/etc/docker",
            "real_path": "/etc/docker",
            "type": "directory",
            "mode": "0755",
            **roots,
        },
        absent("defaults_file", "/d"),
    ]
    targets = after["auditing"]["targets"]
    assert targets["daemon_json"] == {
        "path": FILE,
        "real_path": FILE,
        "present": True,
        "type": "file",
        "by": [],
        "insufficient": [],
        # What was read of no target is not known of this one.
        "watched": False,
        "watched_loaded": False,
        "unread": {"watched_written": "no"},
    }
    assert targets["config_directory"]["type"] == "directory"
    # Nothing is written, so nothing is new.
    for facts in ({"options": {}}, {"kind": "file_attributes", "options": {"icc": False}, "real_path": "/none"}):
        assert posture_after(posture, [step(**facts)])["files"] == posture["files"]


def test_a_file_that_is_there_is_not_made_anew() -> None:
    for change in ({"present": True, "mode": "0600"}, {"real_path": "/elsewhere/daemon.json"}):
        entry = {**absent("daemon_json", FILE), **change}
        directory = {**absent("config_directory", "/etc/docker"), "present": True, "mode": "0700", "access_list": ["x"]}
        after = posture_after({"files": [entry, directory]}, [step(options={"icc": False})])
        assert after["files"][0]["mode"] == change.get("mode", "0644")
        assert after["files"][1] == directory
        # Where the directory has an access list, that of a new file is not known.
        assert "access_list" not in after["files"][0]


ATTRIBUTES = {"kind": "file_attributes", "impact": "none", "owner": None, "group": None, "mode": None}


def attributes(real_path: str, **wanted: t.Any) -> Json:
    return step(**{**ATTRIBUTES, "real_path": real_path, **wanted})


def test_owner_and_mode_of_one_file() -> None:
    file = {"path": "/link", "real_path": "/file", "owner": "eve", "group": "eve", "uid": 7, "gid": 8, "mode": "0666"}
    other = {**file, "path": "/other", "real_path": "/other"}
    unresolved = {**file, "real_path": None, "path": "/plain"}
    files: Json = {"files": [file, other, unresolved]}
    root = {"owner": "root", "group": "root", "uid": 0, "gid": 0, "mode": "0644"}
    wanted = {"owner": "root", "group": "root", "mode": "0644"}
    assert posture_after(files, [attributes("/file", **wanted)])["files"] == [{**file, **root}, other, unresolved]
    assert posture_after(files, [attributes("/plain", **wanted)])["files"] == [file, other, {**unresolved, **root}]
    assert posture_after(files, [attributes("/file", mode="0640")])["files"][0] == {**file, "mode": "0640"}
    docker = {**file, "group": "docker"}
    assert posture_after(files, [attributes("/file", group="docker")])["files"][0] == docker


@pytest.mark.parametrize(
    ("facts", "closed"),
    [
        ({}, True),
        ({"gid": 5}, True),
        ({"gid": 5, "mode": "0775"}, False),
        ({"mode": "0775"}, True),
        ({"mode": "0757"}, False),
        ({"uid": 5}, False),
        ({"real_path": None}, True),
        ({"access_list": [{"name": "eve"}]}, False),
        ({"access_list": None}, False),
        ({"mode": None}, False),
        ({"type": "file"}, False),
    ],
)
def test_a_directory_that_only_root_can_change_opens_nothing(facts: Json, closed: bool) -> None:
    directory = {"path": "/etc/docker", "real_path": "/etc/docker", "type": "directory", "uid": 0, "gid": 0}
    directory.update({"mode": "0755", "access_list": [], **facts})
    inside = {"path": FILE, "open_directories": [{"path": "/etc/docker"}, {"path": "/etc"}]}
    after = posture_after({"files": [directory, inside, {"path": "/x"}]}, [attributes("/etc/docker")])
    open_ones = [one["path"] for one in after["files"][1]["open_directories"]]
    assert open_ones == (["/etc"] if closed else ["/etc/docker", "/etc"])


def test_who_is_in_another_group_of_the_socket_is_not_known() -> None:
    socket = {"path": "/run/docker.sock", "real_path": "/run/docker.sock", "mode": "0666", "group": "root"}
    groups = [{"real_socket": "/run/other.sock", "mode": "0666"}, {"real_socket": "/run/docker.sock", "group": "root"}]
    posture = {"files": [socket], "host": {"api_groups": groups}}
    after = posture_after(posture, [attributes("/run/docker.sock", mode="0660", group="root")])
    assert [one["mode"] for one in after["host"]["api_groups"]] == ["0666", "0660"]
    after = posture_after(posture, [attributes("/run/docker.sock", mode="0660", group="docker")])
    assert "api_groups" not in after["host"] and list(after["unread"]) == ["host.api_groups"]


@pytest.mark.parametrize(
    ("above", "path", "watched", "expected"),
    [
        ({"watched": True, "real_path": "/etc/docker"}, FILE, False, True),
        ({"watched": False, "real_path": "/etc/docker"}, FILE, False, False),
        ({"watched": True, "real_path": "/etc/dock"}, FILE, False, False),
        ({"watched": True, "real_path": "/etc/docker"}, FILE, None, None),
        ({}, FILE, False, False),
    ],
)
def test_a_new_file_is_watched_where_its_directory_is(
    above: Json, path: str, watched: bool | None, expected: bool | None
) -> None:
    target = {"present": True, "real_path": path, "watched": watched}
    targets = {"daemon_json": target, "config_directory": {**above, "present": True}, "other": {**target}}
    after = posture_after({"auditing": {"targets": targets}}, [])["auditing"]["targets"]
    assert after["daemon_json"]["watched"] is expected
    for name in ("watched_loaded", "watched_written"):
        assert after["daemon_json"].get(name) is (True if expected else None)
    assert after["other"] == target
