# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files, accounts and audit rules that are easily judged wrong, on a real engine with a configuration off the usual paths."""

from __future__ import annotations

import json

import pytest

from ansible_collections.seawall.docker.tests.support import quick_audit
from ansible_collections.seawall.docker.tests.support.isolated_host import IsolatedHost
from ansible_collections.seawall.docker.tests.support.quick_audit import Judged

ELSEWHERE = "/run/elsewhere/daemon.json"
# As a decimal number each of them is below the limit, or has no digit above it; bit by bit all but the last two give
# others more than 0444.
CERTIFICATE_MODES = {
    "0602": "fail", "0606": "fail", "0622": "fail", "0404": "pass",
    "1444": "fail", "2444": "fail", "4444": "fail", "0044": "pass", "0400": "pass",
}  # fmt: skip
SOCKET_MODES = {
    "/run/docker.sock": ("0660", "pass"),
    "/run/second.sock": ("0606", "fail"),
    "/run/third.sock": ("0646", "fail"),
    "/run/fourth.sock": ("0600", "pass"),
}
# What auditctl prints on a host with these rules. Each names a neighbour of what should be watched.
AUDITCTL = """\
#!/bin/sh
case "$1" in
  -s) printf 'enabled 1\\nfailure 1\\npid 227\\nlost 0\\n' ;;
  -l) printf '%s\\n' '-w {shim} -p wa -k docker' '-w /etc/docker/daemon.json -p wa -k docker' \\
             '-w {runc} -p r -k docker' ;;
esac
"""


@pytest.fixture(scope="module")
def judged(host: IsolatedHost) -> Judged:
    # One name is a part of another; and carol has the group as her first, which the group does not list.
    accounts = [("bob", 3001, 3001), ("bo", 3002, 3002), ("carol", 3003, 3000)]
    users = "".join(f"{name}:x:{uid}:{gid}::/:/bin/false\n" for name, uid, gid in accounts)
    host.run(
        "sh", "-c", "grep -v ^docker: /etc/group > /run/g; cat /run/g - > /etc/group", input="docker:x:3000:bob,bo\n"
    )
    host.run("sh", "-c", "cat >> /etc/passwd", input=users)
    host.run("mkdir", "-p", "/run/elsewhere", "/etc/docker/certs.d/registry.example.org")
    for mode in CERTIFICATE_MODES:
        host.write(f"/etc/docker/certs.d/registry.example.org/{mode}.crt", "certificate\n", int(mode, 8))
    hosts = [f"unix://{path}" for path in SOCKET_MODES]
    host.write(ELSEWHERE, json.dumps({"hosts": hosts, "icc": False}), 0o602)
    # The engine's own file is not the one that it reads.
    host.write("/etc/docker/daemon.json", "{}", 0o600)
    shim, runc = host.run("sh", "-c", "command -v containerd-shim-runc-v2; command -v runc").stdout.split()
    host.run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/usr/local/sbin")
    host.write("/usr/local/sbin/auditctl", AUDITCTL.replace("{shim}", shim).replace("{runc}", runc), 0o755)
    host.start(f"--config-file={ELSEWHERE}", images=False, keep_config=True)
    for path, (mode, _verdict) in SOCKET_MODES.items():
        assert host.run("chmod", mode, path).returncode == 0
    assert host.run("chmod", "666", "/run/docker/containerd/containerd.sock").returncode == 0
    return quick_audit.audit(host, trusted_docker_users=["bob"])


def test_modes_are_compared_bit_by_bit(judged: Judged) -> None:
    folder = "/etc/docker/certs.d/registry.example.org"
    found = {mode: judged.verdict("3.8", f"{folder}/{mode}.crt") for mode in CERTIFICATE_MODES}
    assert found == CERTIFICATE_MODES


def test_a_socket_that_everybody_can_write_to_fails_whatever_its_mode_looks_like(judged: Judged) -> None:
    found = {path: judged.verdict("3.16", path) for path in SOCKET_MODES}
    assert list(found.values()) == [verdict for _mode, verdict in SOCKET_MODES.values()]
    assert judged.status("1.1.2") == "fail"


def test_the_configuration_file_is_the_one_that_the_daemon_reads(judged: Judged) -> None:
    assert judged.verdicts("3.17") == {ELSEWHERE: "pass"}
    assert judged.verdicts("3.18") == {ELSEWHERE: "fail"}
    assert judged.posture["auditing"]["targets"]["daemon_json"]["path"] == ELSEWHERE
    assert judged.status("2.2") == "pass"


def test_the_socket_of_containerd_is_the_one_that_the_daemon_uses(judged: Judged) -> None:
    assert judged.verdicts("3.24") == {"/var/run/docker/containerd/containerd.sock": "fail"}


def test_members_of_the_group_are_compared_as_whole_names_and_found_by_their_first_group(judged: Judged) -> None:
    (group,) = [one for one in judged.posture["host"]["api_groups"] if one["socket"] == "/run/docker.sock"]
    assert [member["name"] for member in group["members"]] == ["bo", "bob", "carol"]
    # Only the socket's group is left to judge when the world-writable ones are gone.
    judged.posture["host"]["api_groups"] = [group]
    expected = {("bob",): "fail", ("bob", "bo"): "fail", ("bob", "carol"): "fail", ("bob", "bo", "carol"): "pass"}
    for trusted, status in expected.items():
        assert judged.with_policy(trusted_docker_users=list(trusted)).status("1.1.2") == status, trusted


def test_a_watch_of_one_program_is_none_of_its_namesakes(judged: Judged) -> None:
    assert judged.status("1.1.17") == "pass"
    for number in ("1.1.14", "1.1.15", "1.1.16"):
        # containerd and the older shims; what this machine does not have is not applicable.
        assert judged.status(number) in ("fail", "not_applicable"), number
    assert judged.status("1.1.14") == "fail"


def test_a_watch_of_a_file_is_none_of_its_directory(judged: Judged) -> None:
    assert judged.status("1.1.6") == "fail"


def test_a_watch_of_the_usual_file_is_none_of_the_one_that_is_used(judged: Judged) -> None:
    assert judged.status("1.1.11") == "fail"


def test_a_watch_of_reading_is_none_of_writing(judged: Judged) -> None:
    assert judged.status("1.1.18") == "fail"
    assert judged.posture["auditing"]["targets"]["runc"]["insufficient"]
