# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ways in that neither a mode, a name nor a path shows: access lists, open directories, hard links, profiles that forbid
nothing, and servers under another name. Everything here is as bad as the open door beside it, and easily passes."""

from __future__ import annotations

import json
import struct
import sys
import typing as t

import pytest

from ansible_collections.seawall.docker.tests.support import quick_audit
from ansible_collections.seawall.docker.tests.support.isolated_host import IMAGE, IsolatedHost
from ansible_collections.seawall.docker.tests.support.quick_audit import Judged

EVE = 4242
# The profile that the kernel counts as a filter.
ALLOWS_ALL = {"defaultAction": "SCMP_ACT_ALLOW"}
# It forbids something, and nothing that leads out of a container.
FORBIDS_A_TRIFLE = {
    "defaultAction": "SCMP_ACT_ALLOW",
    "syscalls": [{"names": ["acct", "sysfs"], "action": "SCMP_ACT_ERRNO"}],
}
FORBIDS_MOUNTS = {
    "defaultAction": "SCMP_ACT_ALLOW",
    "syscalls": [{"names": ["mount", "umount2", "setns", "unshare"], "action": "SCMP_ACT_ERRNO"}],
}
SOCKETS = ("/run/docker.sock", "/run/eves/docker.sock", "/run/by-list.sock")
# A web server of busybox in a file that holds what only OpenSSH's server holds.
DISGUISED = f"""
FROM {IMAGE}
RUN cat /bin/busybox > /bin/busybox-web && echo /etc/ssh/sshd_config >> /bin/busybox-web && chmod 755 /bin/busybox-web
"""

# The same server in every kind of network: options of the container, the address that it listens on, and what gives it away.
NETWORKS = {
    "on-ipv4": ((), "0.0.0.0:22", "port"),
    "on-ipv6": (("--sysctl", "net.ipv6.bindv6only=1"), "[::]:22", "port"),
    "on-both": ((), "[::]:22", "port"),
    "on-loopback": ((), "127.0.0.1:22", "port"),
    "in-a-shared-network": (("--network", "container:shares-its-network"), "22", "port"),
    "also-in-a-shared-network": (("--network", "container:shares-its-network"), "[::]:8022", "content"),
    "in-the-hosts-network": (("--network", "host"), "[::]:8022", "content"),
    "in-no-network": (("--network", "none"), "127.0.0.1:22", "port"),
}


def access_list(*entries: tuple[int, int, int]) -> str:
    """A POSIX access list as the kernel wants it, in hexadecimal: tag, rights and id of each entry."""
    return (struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)).hex()


NOBODY = 0xFFFFFFFF
# Owner, eve, group, mask, others: the mode stays 0660.
LETS_EVE_WRITE = access_list((1, 6, NOBODY), (2, 6, EVE), (4, 6, NOBODY), (16, 6, NOBODY), (32, 0, NOBODY))
# Mode 0440, as far as the mask lets eve: to read, and not at all.
LETS_EVE_READ = access_list((1, 4, NOBODY), (2, 7, EVE), (4, 4, NOBODY), (16, 4, NOBODY), (32, 0, NOBODY))
MASKED = access_list((1, 4, NOBODY), (2, 7, EVE), (4, 4, NOBODY), (16, 0, NOBODY), (32, 0, NOBODY))


def set_access_list(host: IsolatedHost, path: str, value: str) -> None:
    program = f"import os; os.setxattr({path!r}, 'system.posix_acl_access', bytes.fromhex({value!r}))"
    done = host.run(sys.executable, "-c", program)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def judged(host: IsolatedHost) -> Judged:
    host.run("sh", "-c", "cat >> /etc/passwd", input=f"eve:x:{EVE}:{EVE}::/:/bin/false\n")
    host.run(
        "sh", "-c", "mkdir -p /run/eves /run/build /run/tls && mkdir -p /etc/docker/certs.d/a /etc/docker/certs.d/b"
    )
    host.write("/run/tls/open.json", json.dumps(ALLOWS_ALL))
    # daemon.json belongs to root, in a directory of eve's, and is reached by a link.
    host.write("/run/eves/daemon.json", json.dumps({"hosts": [f"unix://{path}" for path in SOCKETS]}), 0o600)
    host.run("sh", "-c", "ln -sf /run/eves/daemon.json /etc/docker/daemon.json")
    host.run("chown", str(EVE), "/run/eves")
    host.write("/etc/docker/certs.d/a/client.key", "key\n")
    host.write("/etc/docker/certs.d/b/client.key", "key\n")
    host.start("--seccomp-profile=/run/tls/open.json", keep_config=True)
    host.run("chmod", "660", *SOCKETS)
    set_access_list(host, SOCKETS[2], LETS_EVE_WRITE)
    set_access_list(host, "/etc/docker/certs.d/a/client.key", LETS_EVE_READ)
    set_access_list(host, "/etc/docker/certs.d/b/client.key", MASKED)
    host.run("sh", "-c", "mkdir /run/inside /run/apart && ln /run/docker.sock /run/inside/innocent")
    for name, profile in (("trifle", FORBIDS_A_TRIFLE), ("mounts", FORBIDS_MOUNTS)):
        host.write(f"/run/build/{name}.json", json.dumps(profile))
    host.write("/run/build/Dockerfile", DISGUISED)
    assert host.docker("build", "--tag", "disguised", "/run/build").returncode == 0
    host.container("hard-link", "--volume", "/run/inside/innocent:/x")
    host.container("beside-hard-link", "--volume", "/run/apart:/x")
    host.container("nothing-mounted")
    host.container("trifle", "--security-opt", "seccomp=/run/build/trifle.json")
    host.container("mounts", "--security-opt", "seccomp=/run/build/mounts.json")
    # A process names itself, and its program, as it likes.
    for name, command in {
        "disguised": ("busybox-web", "httpd", "-f", "-p", "8022"),
        "on-port-22": ("busybox", "httpd", "-f", "-p", "22"),
        "web-server": ("busybox", "httpd", "-f", "-p", "8080"),
    }.items():
        assert host.docker("run", "--detach", "--name", name, "disguised", *command).returncode == 0
    host.container("shares-its-network")
    for name, (options, address, _evidence) in NETWORKS.items():
        program = ("busybox-web", "httpd", "-f", "-p", address)
        assert host.docker("run", "--detach", "--name", name, *options, "disguised", *program).returncode == 0
    host.run("sh", "-c", "sleep 1")
    return quick_audit.audit(host)


def socket_path(judged: Judged, path: str) -> str:
    """The path under which the audit names a socket."""
    return next(
        one["path"] for one in judged.posture["files"] if one["role"] == "api_socket" and one["real_path"] == path
    )


def test_an_access_list_opens_a_socket_whose_mode_is_strict(judged: Judged) -> None:
    entry = next(one for one in judged.posture["files"] if one["path"] == SOCKETS[2])
    assert entry["mode"] == "0660"
    assert judged.verdict("3.16", SOCKETS[2]) == "fail"
    assert judged.verdict("3.16", socket_path(judged, SOCKETS[0])) == "pass"


def test_whom_an_access_list_lets_in_is_a_user_of_the_daemon(judged: Judged) -> None:
    (group,) = [one for one in judged.posture["host"]["api_groups"] if one["socket"] == SOCKETS[2]]
    assert [(member["name"], member["access_list"]) for member in group["members"]] == [("eve", True)]
    assert judged.status("1.1.2") == "fail"
    assert judged.with_policy(trusted_docker_users=["eve"]).status("1.1.2") == "pass"


def test_what_the_mask_of_an_access_list_takes_away_is_no_right(judged: Judged) -> None:
    keys = {one["path"]: one for one in judged.posture["files"] if one["path"].endswith(".key")}
    open_key, masked_key = (keys[f"/etc/docker/certs.d/{folder}/client.key"] for folder in "ab")
    assert [(one["name"], one["permissions"]) for one in open_key["access_list"]] == [("eve", "r")]
    assert masked_key["access_list"] == []
    assert masked_key["mode"] == "0400"
    assert (judged.verdict("3.8", open_key["path"]), judged.verdict("3.8", masked_key["path"])) == ("fail", "pass")


def test_who_owns_the_directory_can_replace_the_file_in_it(judged: Judged) -> None:
    assert judged.verdicts("3.17") == {"/etc/docker/daemon.json": "pass"}
    assert judged.verdicts("3.18") == {"/etc/docker/daemon.json": "fail"}
    entry = next(one for one in judged.posture["files"] if one["role"] == "daemon_json")
    assert [(one["path"], one["changeable_by"]) for one in entry["open_directories"]] == [("/run/eves", ["user eve"])]
    assert judged.verdict("3.16", SOCKETS[1]) == "fail"


def test_a_hard_link_to_the_socket_is_the_socket(judged: Judged) -> None:
    assert judged.verdict("5.32", "hard-link") == "fail"


def test_where_the_socket_has_a_second_name_a_mounted_directory_may_hold_it(judged: Judged) -> None:
    assert judged.verdict("5.32", "beside-hard-link") == "manual"
    assert judged.verdict("5.32", "nothing-mounted") == "pass"


def test_a_profile_of_the_daemon_that_allows_all_is_none(judged: Judged) -> None:
    assert judged.status("2.18") == "fail"
    container = judged.container("nothing-mounted")
    # The kernel sees a filter.
    assert container["process"]["seccomp_mode"] == 2
    assert judged.verdict("5.22", "nothing-mounted") == "fail"


def test_a_profile_is_worth_what_it_forbids(judged: Judged) -> None:
    assert judged.verdict("5.22", "trifle") == "fail"
    assert judged.verdict("5.22", "mounts") == "pass"


def test_an_ssh_server_is_one_under_another_name(judged: Judged) -> None:
    found = {name: judged.container(name)["processes"]["ssh_servers"] for name in ("disguised", "on-port-22")}
    assert {name: [one["evidence"] for one in servers] for name, servers in found.items()} == {
        "disguised": ["content"],
        "on-port-22": ["port"],
    }
    assert {name: judged.verdict("5.7", name) for name in ("disguised", "on-port-22", "web-server")} == {
        "disguised": "fail",
        "on-port-22": "fail",
        "web-server": "pass",
    }


def test_an_ssh_server_is_one_in_every_kind_of_network(judged: Judged) -> None:
    found = {name: judged.container(name)["processes"]["ssh_servers"] for name in NETWORKS}
    assert {name: [one["evidence"] for one in servers] for name, servers in found.items()} == {
        name: [evidence] for name, (_options, _address, evidence) in NETWORKS.items()
    }
    assert {judged.verdict("5.7", name) for name in NETWORKS} == {"fail"}
    # Who lends its network to a server is none.
    assert judged.container("shares-its-network")["processes"]["ssh_servers"] == []
    assert judged.verdict("5.7", "shares-its-network") == "pass"


def test_a_profile_that_was_changed_since_the_daemon_read_it_decides_nothing(
    host: IsolatedHost, judged: Judged
) -> None:
    assert judged.status("2.18") == "fail"
    host.write("/run/tls/open.json", json.dumps(FORBIDS_MOUNTS))
    again = quick_audit.audit(host)
    assert again.status("2.18") == "unknown"
    assert "changed after the daemon started" in again.reason("2.18")


@pytest.mark.parametrize(
    ("directory", "mode", "owner", "status"),
    [
        ("/run/place", "755", 0, "pass"),
        ("/run/place", "757", 0, "fail"),
        ("/run/place", "755", EVE, "fail"),
        # Everybody may put something there, and only his own may everybody take away.
        ("/run/place", "1777", 0, "pass"),
        ("/run/place", "1777", EVE, "fail"),
    ],
)
def test_a_directory_is_open_to_whoever_can_replace_what_is_in_it(
    host: IsolatedHost, judged: Judged, directory: str, mode: str, owner: int, status: str
) -> None:
    script = f"mkdir -p {directory} && chown {owner} {directory} && chmod {mode} {directory} && touch {directory}/file"
    assert host.run("sh", "-c", script).returncode == 0
    found = open_directories(host, f"{directory}/file")
    assert ("fail" if found else "pass") == status, found


OPEN_DIRECTORIES = """
import json, shutil, sys
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._daemon.location import locate
from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._posture.files.open_directories import open_directories
from ansible_collections.seawall.docker.tests.support.record_here import run_command
host = Host(run_command)
print(json.dumps(open_directories(Context(host, locate(host, None), None, "not asked"), sys.argv[1])))
"""


def open_directories(host: IsolatedHost, path: str) -> list[dict[str, t.Any]]:
    done = quick_audit.run_inside(host, OPEN_DIRECTORIES, path)
    return t.cast("list[dict[str, t.Any]]", done)
