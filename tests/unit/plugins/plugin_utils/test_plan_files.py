# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Owners and modes: rights are taken away and never given, and what is not the engine's is left alone."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Choices
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.planning import plan
from ansible_collections.seawall.docker.tests.support.plans import Json, Planned, planned, recorded
from ansible_collections.seawall.docker.tests.support.postures import posture_in

FILES = "file_attributes"


def host(of: str, **facts: t.Any) -> Json:
    """A posture in which the file of a role has other facts."""
    posture = posture_in()
    next(one for one in posture["files"] if one["role"] == of).update(facts)
    return posture


def attributes(made: Planned) -> Json:
    step = made.step(FILES)
    return {key: step[key] for key in ("file", "real_path", "owner", "group", "mode")}


@pytest.mark.parametrize(
    ("mode", "new"),
    [("0666", "0644"), ("0600", None), ("0640", None), ("4755", "0644"), ("0246", "0244"), ("0000", None)],
)
def test_a_mode_is_never_widened(mode: str, new: str | None) -> None:
    made = planned(host("daemon_json", mode=mode))
    if new is None:
        assert made.document["steps"] == []
    else:
        assert attributes(made) == {
            "file": "/etc/docker/daemon.json",
            "real_path": "/etc/docker/daemon.json",
            "owner": None,
            "group": None,
            "mode": new,
        }
        assert made.step(FILES)["impact"] == "none" and made.status("daemon-json-mode") == "pass"


def test_all_that_is_wrong_with_a_file_is_one_step() -> None:
    made = planned(host("service_unit", mode="0777", owner="bob", uid=1001, group="bob", gid=1001))
    step = made.step(FILES)
    assert [one["number"] for one in step["rules"]] == ["3.1", "3.2"]
    assert [(one["name"], one["old"], one["new"]) for one in step["changes"]] == [
        ("owner", "bob", "root"),
        ("group", "bob", "root"),
        ("mode", "0777", "0644"),
    ]
    assert made.status("service-unit-owner") == made.status("service-unit-mode") == "pass"


def test_owners_without_an_account_are_shown_by_number() -> None:
    made = planned(host("daemon_json", owner=None, uid=4711))
    assert made.step(FILES)["changes"] == [{"name": "owner", "old": "4711", "new": "root"}]


def test_root_is_a_number_and_not_a_name() -> None:
    """Any account may be called root, and user 0 anything."""
    assert planned(host("daemon_json", owner="root", uid=1001)).step(FILES)["owner"] == "root"
    assert planned(host("daemon_json", owner="toor", uid=0)).document["steps"] == []


def test_the_real_path_is_changed_and_said() -> None:
    made = planned(host("daemon_json", real_path="/srv/docker/daemon.json", mode="0666"))
    step = made.step(FILES)
    assert (step["file"], step["real_path"]) == ("/etc/docker/daemon.json", "/srv/docker/daemon.json")
    assert step["notes"] == ["/etc/docker/daemon.json leads to /srv/docker/daemon.json."]


def test_two_names_of_one_file_are_one_step_with_the_stricter_mode() -> None:
    """Certificate and key in one file: what one rule allows must not give back what another took."""
    posture = posture_in()
    for entry in posture["files"]:
        if entry["role"] in ("tls_certificate", "tls_key"):
            entry.update(real_path="/etc/docker/tls/both.pem", mode="0777")
    made = planned(posture)
    assert made.step(FILES)["mode"] == "0400"
    assert made.status("tls-key-mode") == made.status("tls-certificate-mode") == "pass"


@pytest.mark.parametrize("role", ["service_unit", "service_dropin", "socket_unit", "daemon_json", "defaults_file"])
@pytest.mark.parametrize("kind", ["character_device", "block_device", "fifo", "directory", "socket"])
def test_what_masks_a_file_is_not_closed_for_the_whole_host(role: str, kind: str) -> None:
    """A unit is masked by a link to /dev/null, whose mode everybody needs."""
    made = planned(host(role, real_path="/dev/null", type=kind, mode="0666"))
    assert made.document["steps"] == []
    (entry,) = made.document["left_out"]
    assert "/dev/null" in entry["reason"] and kind.replace("_", " ") in entry["reason"]


@pytest.mark.parametrize("role", ["service_dropin_directory", "environment_directory"])
def test_directories_whose_files_systemd_reads_are_closed(role: str) -> None:
    made = planned(
        host("service_dropin", role=role, path="/etc/env.d", type="directory", mode="0777", real_path="/etc/env.d")
    )
    step = made.step(FILES)
    assert (step["file"], step["mode"]) == ("/etc/env.d", "0755")
    number = "3.2" if role == "service_dropin_directory" else "3.20"
    assert [one["number"] for one in step["rules"]] == [number]


def test_what_others_could_make_is_told_with_the_directory_to_close() -> None:
    above = {"path": "/etc/systemd/system", "owner": "root", "mode": "0777", "changeable_by": ["everybody"]}
    posture = host("service_dropin", role="service_dropin_directory", present=False, open_directories=[above])
    made = planned(posture)
    assert made.document["steps"] == []
    (entry,) = made.document["left_out"]
    assert "there is no such file" in entry["reason"]
    assert entry["reason"].endswith("by /etc/systemd/system; put that directory right first")


@pytest.mark.parametrize("path", ["/", "/etc", "/tmp", "/var/lib/", "/etc/ssl/certs"])
def test_directories_of_everybody_stay_open(path: str) -> None:
    made = planned(host("registry_directory", real_path=path, mode="1777"))
    assert made.document["steps"] == [] and "others use" in made.document["left_out"][0]["reason"]


def test_certificates_of_registries() -> None:
    posture = posture_in()
    base = next(one for one in posture["files"] if one["role"] == "registry_certificate")
    key = {**base, "path": "/etc/docker/certs.d/r/client.key", "real_path": "/etc/docker/certs.d/r/client.key"}
    posture["files"].append(key)
    base["mode"], key["mode"] = "0664", "0644"
    next(one for one in posture["files"] if one["role"] == "registry_directory")["mode"] = "0777"
    made = planned(posture)
    assert {one["file"]: one["mode"] for one in made.steps(FILES)} == {
        "/etc/docker/certs.d": "0755",
        "/etc/docker/certs.d/r/client.key": "0400",
        base["path"]: "0444",
    }
    assert made.status("registry-certificates-mode") == "pass"


@pytest.mark.parametrize(
    ("group", "gid", "allowed", "new"),
    [
        ("bob", 1001, ["docker"], "docker"),
        ("bob", 1001, ["engine"], "engine"),
        ("bob", 1001, [], "root"),
        ("docker", 990, ["docker"], None),
        ("engine", 991, ["docker", "engine"], None),
        ("root", 0, ["docker"], None),
    ],
)
def test_the_group_of_the_api_socket(group: str, gid: int, allowed: list[str], new: str | None) -> None:
    made = planned(
        host("api_socket", group=group, gid=gid, owner="bob", uid=1001), policy={"api_socket_groups": allowed}
    )
    step = made.step(FILES)
    assert (step["owner"], step["group"]) == ("root", new)
    assert "Holds until the socket is made anew" in step["notes"][0]
    assert made.status("api-socket-owner") == "pass"


def test_closing_the_socket_is_seen_by_the_rule_of_users_as_well() -> None:
    posture = host("api_socket", mode="0666")
    posture["host"]["api_groups"][0]["mode"] = "0666"
    made = planned(posture)
    assert made.step(FILES)["mode"] == "0660"
    assert made.status("docker-users-trusted") == "pass"


def test_who_is_in_the_new_group_is_not_known() -> None:
    posture = host("api_socket", group="bob", gid=1001)
    posture["host"]["api_groups"][0].update(group="bob", gid=1001)
    assert planned(posture).status("docker-users-trusted") == "unknown"


def test_a_mode_that_was_not_read_is_unknown_and_not_changed() -> None:
    posture = host("daemon_json")
    entry = next(one for one in posture["files"] if one["role"] == "daemon_json")
    entry.pop("mode")
    entry["unread"]["mode"] = "permission denied"
    made = planned(posture)
    assert made.document["steps"] == []
    assert made.left_out("daemon-json-mode") == [
        "it is not known whether it fails: subject.mode is not known: permission denied"
    ]


def test_a_subject_that_is_no_file_of_the_posture() -> None:
    made = planned(host("daemon_json", mode="0666"), rules=["daemon-json-mode"])
    made.before["findings"][0]["subjects"][0]["name"] = "/elsewhere"
    document = plan(made.before, made.posture, Choices(), {})
    assert document["steps"] == [] and "no file of this posture" in document["left_out"][0]["reason"]


OPEN = {"path": "/srv/docker", "owner": "bob", "mode": "0755", "changeable_by": ["user bob"]}


def test_root_changes_no_file_that_another_user_can_replace() -> None:
    made = planned(host("daemon_json", real_path="/srv/docker/daemon.json", mode="0666", open_directories=[OPEN]))
    assert made.document["steps"] == []
    (left,) = [one for one in made.document["left_out"] if one["rule"] == "daemon-json-mode"]
    assert left["reason"] == (
        "/srv/docker/daemon.json: user bob can put another file in its place, by /srv/docker; put that directory right first"
    )


def test_who_could_replace_a_file_must_be_known() -> None:
    posture = host("daemon_json", mode="0666")
    for one in posture["files"]:
        one.pop("open_directories", None)
    made = planned(posture)
    assert made.document["steps"] == []
    assert "is not known" in next(
        one["reason"] for one in made.document["left_out"] if one["rule"] == "daemon-json-mode"
    )


def test_a_directory_is_closed_before_what_lies_in_it() -> None:
    etc = {"path": "/etc/docker", "owner": "root", "mode": "0777", "changeable_by": ["everybody"]}
    posture = host("daemon_json", mode="0666", open_directories=[etc])
    next(one for one in posture["files"] if one["path"] == "/etc/docker").update(mode="0777")
    steps = planned(posture).document["steps"]
    assert [one["real_path"] for one in steps if one["kind"] == FILES] == ["/etc/docker", "/etc/docker/daemon.json"]


OPENED = [{"path": "/etc/docker", "changeable_by": ["user ops"]}]


def _without_file(posture: Json, owner: Json) -> Json:
    """There is no daemon.json, and the user who owns its directory could put one there."""
    for entry in posture["files"]:
        if entry["role"] == "daemon_json":
            for name in set(entry) - {"role", "path", "real_path", "unread"}:
                del entry[name]
            entry.update(present=False, open_directories=OPENED)
        elif entry["role"] == "config_directory":
            entry.update(owner)
    posture["auditing"]["targets"]["daemon_json"] = {
        "path": "/etc/docker/daemon.json",
        "real_path": "/etc/docker/daemon.json",
        "present": False,
        "unread": {},
    }
    return posture


def test_what_fails_of_a_file_that_does_not_exist_is_put_right_with_its_directory() -> None:
    made = planned(_without_file(recorded("bookworm"), {"uid": 1000, "owner": "ops", "mode": "0755"}))
    (step,) = [one for one in made.steps("file_attributes") if one["real_path"] == "/etc/docker"]
    assert {"daemon-json-mode", "config-directory-owner"} <= {rule["rule"] for rule in step["rules"]}
    assert made.left_out("daemon-json-mode") == [] and made.status("daemon-json-mode") == "pass"


def test_a_file_that_does_not_exist_is_called_that_where_its_directory_stays_open() -> None:
    site = _without_file(recorded("bookworm"), {"mode": "0755"})
    (reason,) = planned(site).left_out("daemon-json-mode")
    assert reason.startswith("/etc/docker/daemon.json: there is no such file, and user ops can put another file")
    # A file whose kind could not be read is not called absent.
    entry = next(one for one in site["files"] if one["role"] == "service_unit")
    entry.update(mode="0666")
    del entry["type"]
    (reason,) = planned(site).left_out("service-unit-mode")
    assert "whether it is a file could not be read" in reason


@pytest.mark.parametrize(
    "why",
    [
        "/etc/docker/daemon.json is immutable, which chattr -i /etc/docker/daemon.json ends",
        "the file system of /etc/docker/daemon.json is mounted read-only",
    ],
)
def test_what_root_itself_cannot_change_is_left_out_with_the_reason(why: str) -> None:
    made = planned(host("daemon_json", mode="0666", cannot_change=why))
    assert made.document["steps"] == [] and made.left_out("daemon-json-mode") == [f"/etc/docker/daemon.json: {why}"]
    assert made.status("daemon-json-mode") == "fail"
    # One that is as it should be is not touched, and nothing is said.
    assert planned(host("daemon_json", cannot_change=why)).document["left_out"] == []
