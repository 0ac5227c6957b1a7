# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A local user serves a made-up engine while root's own is stopped: root believes, runs and writes nothing of it."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.tests.support.attacker import UID, Attacker, Errand, audit, results_of, stopped
from ansible_collections.seawall.docker.tests.support.journey import HARDEN, PROVE, USERNS, Journey
from ansible_collections.seawall.docker.tests.support.lab_host import LabHost, LabHosts

# What the user would have root write: with this file nobody can log in.
PREY = "/etc/nologin"
ELSEWHERE = "/tmp/engine.sock"


@pytest.fixture(scope="module")
def host(lab: LabHosts) -> LabHost:
    return lab.get("bookworm")[0]


@pytest.fixture(scope="module")
def mallory(host: LabHost) -> t.Iterator[Attacker]:
    """The user's engine listens, and names a file of root's choice as its configuration."""
    stopped(host)
    attacker = Attacker(host)
    attacker.serve("dockerd", f"--config-file={PREY}", environment="HOME=/root XDG_CONFIG_HOME=/etc")
    yield attacker
    attacker.close()
    host.reset()


def nothing_gained(attacker: Attacker) -> None:
    assert attacker.gained() == ""
    assert attacker.host.read(PREY) is None


READERS = [Errand("posture_info"), Errand("daemon_info"), Errand("userns_info"), Errand("cgroup_info")]
WRITERS = [
    Errand("daemon_config", {"options": {"icc": False}}, check_mode=True),
    Errand("daemon_config", {"options": {"icc": False}}),
    Errand("engine_restart", {"mode": "reload"}, check_mode=True),
    Errand("engine_restart", {"mode": "restart", "timeout": 20}),
    Errand("isolation_proof"),
]


def test_no_module_runs_or_writes_what_a_user_chose(mallory: Attacker, tmp_path: Path) -> None:
    results_of(mallory.host, tmp_path, [*READERS, *WRITERS])
    nothing_gained(mallory)
    # The restart started root's own engine.
    stopped(mallory.host)


def test_no_module_changes_an_engine_of_a_user_that_is_named(mallory: Attacker, tmp_path: Path) -> None:
    given = [one._replace(arguments={**one.arguments, "docker_host": f"unix://{mallory.socket}"}) for one in WRITERS]
    for errand, result in zip(given, results_of(mallory.host, tmp_path, given), strict=True):
        said = result["reason"] if errand.module == "isolation_proof" else result["msg"]
        assert f"run this as user {UID}" in said, (errand, result)
        assert result["failed"] or result["verdict"] == "inconclusive"
    nothing_gained(mallory)


def test_the_stopped_engine_stays_the_hosts_engine(mallory: Attacker) -> None:
    engine = audit(mallory.host)["engine"]
    assert (engine["state"], engine["owner"]["uid"]) == ("stopped", 0)
    assert engine["user_engines"] == [{"uid": UID, "name": "mallory", "address": f"unix://{mallory.socket}"}]


def test_a_report_and_its_gate_are_about_roots_engine(mallory: Attacker, tmp_path: Path) -> None:
    journey = Journey(mallory.host, tmp_path)
    done = journey.play("seawall.docker.audit", audit_fail_on=["daemon-userns-remap"])
    assert done.status != 0, done.output
    report = json.loads((journey.reports / "hosts" / "bookworm.json").read_text(encoding="utf-8"))
    assert report["engine"]["state"] == "stopped"
    assert {one["number"]: one["status"] for one in report["findings"]}["2.1"] == "unknown"
    html = (journey.reports / "index.html").read_text(encoding="utf-8")
    assert f"user mallory (uid {UID}) at unix://{mallory.socket}" in html
    nothing_gained(mallory)


def test_a_second_user_does_not_keep_the_host_from_being_audited(mallory: Attacker) -> None:
    other = Attacker(mallory.host, UID + 1, "trent")
    try:
        other.serve()
        engine = audit(mallory.host)["engine"]
        assert engine["state"] == "stopped" and [one["uid"] for one in engine["user_engines"]] == [UID, UID + 1]
    finally:
        other.close()


@pytest.mark.parametrize(
    ("playbook", "flags", "named"),
    [
        (HARDEN, ("--check",), False),
        (HARDEN, (), True),
        (USERNS, ("--check",), True),
        (USERNS, (), False),
        (PROVE, (), False),
        (PROVE, (), True),
    ],
)
def test_no_playbook_gives_the_user_anything(
    mallory: Attacker, tmp_path: Path, playbook: str, flags: tuple[str, ...], named: bool
) -> None:
    """With and without the user's engine being asked for by its address."""
    variables = {"audit_docker_host": f"unix://{mallory.socket}"} if named else {}
    done = Journey(mallory.host, tmp_path).play(playbook, *flags, **variables)
    nothing_gained(mallory)
    assert "PROTECTED" not in done.output
    if playbook != PROVE:
        assert "REFUSED" in done.output, done.output


def test_a_pid_file_whose_number_came_round(mallory: Attacker) -> None:
    pid = mallory.host.shell(f"pgrep -U {UID} -x dockerd").strip()
    try:
        for path in ("/run/docker.pid", "/run/docker-ssd.pid"):
            mallory.host.write(path, pid)
        for module, arguments in (("posture_info", {}), ("daemon_config", {"options": {"icc": False}})):
            result = mallory.host.module(module, arguments)
            nothing_to_do_with_it = result.get("posture", {}).get("engine", {"state": "stopped"})["state"] == "stopped"
            assert nothing_to_do_with_it and mallory.gained() == "" and mallory.host.read(PREY) is None
    finally:
        mallory.host.shell("rm -f /run/docker.pid /run/docker-ssd.pid /etc/docker/daemon.json")


def test_an_engine_that_is_asked_for_by_name_is_read_with_its_users_rights(mallory: Attacker) -> None:
    mallory.host.write("/etc/docker/roots.json", "{}", 0o600)
    mallory.serve("dockerd", "--config-file=/etc/docker/roots.json", socket=ELSEWHERE)
    try:
        posture = audit(mallory.host, docker_host=f"unix://{ELSEWHERE}")
        assert posture["engine"]["owner"] == {"uid": UID, "name": "mallory", "relation": "other"}
        assert posture["auditor"]["effective_uid"] == UID
        # Root could read the file.
        assert posture["daemon"].get("config_file", {}).get("state") in (None, "unreadable")
        assert mallory.gained() == ""
        refused = mallory.host.module(
            "daemon_config", {"docker_host": f"unix://{ELSEWHERE}", "options": {"icc": False}}
        )
        assert refused["failed"] and f"run this as user {UID}" in refused["msg"]
        assert mallory.host.read("/etc/docker/roots.json") == "{}"
    finally:
        mallory.host.shell(f"rm -f /etc/docker/roots.json {ELSEWHERE}")


def test_what_came_along_in_roots_environment_chooses_no_engine(mallory: Attacker) -> None:
    """Who became root may have brought the address of an engine, a context, and a search path along."""
    context = f"{mallory.home}/.docker/contexts/meta/x/meta.json"
    meta = {"Name": "mine", "Endpoints": {"docker": {"Host": f"unix://{mallory.socket}"}}}
    mallory.host.write(context, json.dumps(meta))
    mallory.host.write(f"{mallory.home}/.docker/config.json", '{"currentContext": "mine"}')
    for name in ("systemctl", "dockerd", "timeout", "journalctl"):
        mallory.host.write(f"{mallory.home}/bin/{name}", f"#!/bin/sh\nid -u >> {mallory.home}/ran\n", 0o755)
    python = mallory.host.python_behind(
        f"export DOCKER_HOST=unix://{mallory.socket} DOCKER_CONTEXT=mine DOCKER_CONFIG={mallory.home}/.docker "
        f"XDG_RUNTIME_DIR={mallory.runtime} PATH={mallory.home}/bin:$PATH"
    )
    for module, arguments in (("posture_info", {}), ("daemon_config", {"options": {"icc": False}})):
        result = mallory.host.task(module, arguments, "-e", f"ansible_python_interpreter={python}")
        assert result.get("posture", {}).get("engine", {"state": "stopped"})["state"] == "stopped"
        assert mallory.gained() == ""
    mallory.host.shell("rm -f /etc/docker/daemon.json /etc/python")


def test_a_file_where_a_socket_would_be_changes_nothing(mallory: Attacker) -> None:
    other = Attacker(mallory.host, UID + 2, "oscar")
    try:
        other.run(f"touch {other.socket}")
        engine = audit(mallory.host)["engine"]
        assert engine["state"] == "stopped" and UID + 2 not in [one["uid"] for one in engine["user_engines"]]
    finally:
        other.close()


def test_no_file_is_written_in_a_directory_of_another_user(mallory: Attacker) -> None:
    """Root's own engine, with its configuration where a user can have it be another file at any moment."""
    host = mallory.host
    place = f"{mallory.home}/conf"
    mallory.run(f"mkdir -p {place}; echo '{{}}' > {place}/daemon.json")
    host.shell("mkdir -p /etc/systemd/system/docker.service.d")
    host.write(
        "/etc/systemd/system/docker.service.d/place.conf",
        f"[Service]\nExecStart=\nExecStart=/usr/sbin/dockerd -H fd:// --config-file={place}/daemon.json\n",
    )
    try:
        host.shell("systemctl daemon-reload")
        host.service("restart")
        refused = host.module("daemon_config", {"options": {"icc": False}})
        assert refused["failed"] and f"{mallory.home} belongs to user mallory" in refused["msg"], refused
        assert host.read(f"{place}/daemon.json") == "{}\n"
        assert audit(host)["engine"]["owner"]["uid"] == 0
    finally:
        host.shell("rm -r /etc/systemd/system/docker.service.d; systemctl daemon-reload")
        stopped(host)
