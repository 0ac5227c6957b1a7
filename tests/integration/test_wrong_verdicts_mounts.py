# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths that look harmless and show the host all the same, since something is mounted on them, or below them."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.tests.support import quick_audit
from ansible_collections.seawall.docker.tests.support.isolated_host import IMAGE, IsolatedHost
from ansible_collections.seawall.docker.tests.support.quick_audit import Judged

# /run is a file system of this host's own.
PREPARED = """
set -e
mkdir -p /run/t/behind /run/t/below/deep /run/t/tree/sub /run/t/overlay /run/t/again /run/t/proc/sub /run/t/plain
touch /run/t/file /run/t/tool
mount --bind /etc /run/t/behind
mount --bind /etc /run/t/below/deep
mount --bind /run /run/t/tree/sub
mount --bind /proc /run/t/proc/sub
mount --rbind / /run/t/again
mount -t overlay -o lowerdir=/etc:/root overlay /run/t/overlay
mount --bind /etc/shadow /run/t/file
mount --bind /run/docker.sock /run/t/tool
docker volume create covered
docker volume create linked
docker volume create quiet
docker volume create --opt type=overlay --opt device=overlay --opt o=lowerdir=/etc:/root layered
mkdir -p /run/t/second && mount -t proc proc /run/t/second && mkdir -p /run/t/above/deep && mount -t proc proc /run/t/above/deep
docker volume create --opt type=proc --opt device=proc kernel
docker volume create --opt type=devtmpfs --opt device=any devices
docker volume create --opt type=nfs --opt device=/etc --opt o=bind no-nfs
docker volume create --opt type=overlay --opt device=overlay --opt 'o=lowerdir=/e\\tc:/root' escaped
docker volume create --opt type=overlay --opt device=overlay --opt o=lowerdir=etc:root relative
docker volume create --opt type=none --opt device=etc --opt o=bind relative-bind
mount --bind /etc "$(docker volume inspect --format '{{.Mountpoint}}' covered)"
directory="$(docker volume inspect --format '{{.Mountpoint}}' linked)"
rmdir "$directory"
ln -s /etc "$directory"
"""
MOUNTED = {
    "behind": "/run/t/behind:/y",
    "below": "/run/t/below:/y",
    "socket-below": "/run/t/tree:/y",
    "proc-below": "/run/t/proc:/y",
    "overlay": "/run/t/overlay:/y",
    "second-name": "/run/t/again/etc:/y",
    "covered-volume": "covered:/y",
    "linked-volume": "linked:/y",
    "file": "/run/t/file:/y",
    "layered-volume": "layered:/y",
    "second-proc": "/run/t/second:/y",
    "second-proc-below": "/run/t/above:/y",
    "kernel-volume": "kernel:/y",
    "devices-volume": "devices:/y",
    "bound-as-nfs": "no-nfs:/y",
    "escaped-volume": "escaped:/y",
    "relative-volume": "relative:/y",
    "relative-bind": "relative-bind:/y",
    "socket-itself": "/run/t/tool:/y",
    "plain": "/run/t/plain:/y",
    "quiet-volume": "quiet:/y",
    "var": "/var/lib/dpkg:/y",
}


@pytest.fixture(scope="module")
def judged(host: IsolatedHost) -> t.Iterator[Judged]:
    host.start()
    prepared = host.docker("sh", "-c", PREPARED)
    assert prepared.returncode == 0, prepared.stderr
    for name, mount in MOUNTED.items():
        host.container(f"{name}-runs", "--volume", mount)
        done = host.docker("create", "--name", f"{name}-stopped", "--volume", mount, IMAGE, "sleep", "3600")
        assert done.returncode == 0, done.stderr
    flat = "type=bind,source=/run/t/below,target=/y,bind-nonrecursive"
    done = host.docker("create", "--name", "flat-stopped", "--mount", flat, IMAGE, "sleep", "3600")
    assert done.returncode == 0, done.stderr
    try:
        yield quick_audit.audit(host)
    finally:
        host.run("sh", "-c", "umount -R -l /run/t/tree/sub /run/t/again")
        host.stop()


@pytest.mark.parametrize("state", ["runs", "stopped"])
@pytest.mark.parametrize(
    "name",
    [
        "behind", "below", "proc-below", "overlay", "second-name", "covered-volume", "linked-volume", "file", "layered-volume",
        "second-proc", "second-proc-below", "kernel-volume", "devices-volume", "bound-as-nfs", "escaped-volume",
    ],
)  # fmt: skip
def test_what_is_mounted_there_is_what_the_container_sees(judged: Judged, name: str, state: str) -> None:
    places = [one["real_source"] for one in judged.container(f"{name}-{state}")["mounts"]]
    assert judged.verdict("5.6", f"{name}-{state}") == "fail", places


@pytest.mark.parametrize("state", ["runs", "stopped"])
@pytest.mark.parametrize("name", ["relative-volume", "relative-bind"])
def test_what_only_the_daemon_can_resolve_is_no_pass(judged: Judged, name: str, state: str) -> None:
    assert judged.verdict("5.6", f"{name}-{state}") in ("unknown", "fail")
    assert judged.verdict("5.32", f"{name}-{state}") in ("unknown", "fail")


def test_the_container_really_sees_it(host: IsolatedHost, judged: Judged) -> None:
    for name in (
        "behind",
        "overlay",
        "second-name",
        "covered-volume",
        "linked-volume",
        "layered-volume",
        "bound-as-nfs",
        "escaped-volume",
        "relative-volume",
        "relative-bind",
    ):
        assert host.docker("exec", f"{name}-runs", "ls", "/y/hostname").returncode == 0, name
    for path in ("second-proc-runs", "second-proc-below-runs", "kernel-volume-runs"):
        below = "/y/deep" if "below" in path else "/y"
        assert host.docker("exec", path, "ls", f"{below}/sys/kernel/core_pattern").returncode == 0, path
    assert host.docker("exec", "socket-below-runs", "ls", "/y/sub/docker.sock").returncode == 0
    assert host.docker("exec", "socket-itself-runs", "/bin/busybox", "test", "-S", "/y").returncode == 0
    assert "root:" in host.docker("exec", "file-runs", "cat", "/y").stdout


@pytest.mark.parametrize("state", ["runs", "stopped"])
def test_the_socket_under_another_name_is_the_socket(judged: Judged, state: str) -> None:
    assert judged.verdict("5.32", f"socket-itself-{state}") == "fail"


@pytest.mark.parametrize("state", ["runs", "stopped"])
def test_a_socket_below_a_mounted_directory_is_mounted(judged: Judged, state: str) -> None:
    assert judged.verdict("5.32", f"socket-below-{state}") == "fail"
    (found,) = [one for one in judged.container(f"socket-below-{state}")["mounts"] if one["real_source"] == "/run"]
    assert (found["source"], found["below"]) == ("/run/t/tree", "sub")


@pytest.mark.parametrize("state", ["runs", "stopped"])
@pytest.mark.parametrize("name", ["plain", "quiet-volume", "var"])
def test_what_shows_nothing_else_passes(judged: Judged, name: str, state: str) -> None:
    mounts = judged.container(f"{name}-{state}")["mounts"]
    assert (judged.verdict("5.6", f"{name}-{state}"), judged.verdict("5.32", f"{name}-{state}")) == ("pass", "pass"), (
        mounts
    )


def test_without_what_is_below_the_directory_alone_counts(judged: Judged) -> None:
    assert judged.verdict("5.6", "flat-stopped") == "pass"


def test_a_link_to_the_directory_of_the_socket_is_not_its_directory() -> None:
    with IsolatedHost() as plain:
        plain.start()
        plain.container("above-the-link", "--volume", "/var:/y")
        judged = quick_audit.audit(plain)
    assert judged.posture["host"]["links"]["/var/run"] == "/run"
    found = judged.container("above-the-link")["mounts"]
    assert judged.verdict("5.32", "above-the-link") == "pass", [(one["real_source"], one["below"]) for one in found]
    assert judged.verdict("5.6", "above-the-link") == "fail"
