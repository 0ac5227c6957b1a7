# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A volume as containers see it: on an engine that does not remap, on one that does, and after the way back."""

from __future__ import annotations

import json
import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.tests.support.direct_module import run_module
from ansible_collections.seawall.docker.tests.support.isolated_host import IMAGE, IsolatedHost
from ansible_collections.seawall.docker.tests.support.rich_tree import access_list, capability

OLD = "/var/lib/docker/volumes/shop/_data"
NEW = "/var/lib/docker/300000.300000/volumes/shop/_data"
ID_MAP = [{"inside": 0, "outside": 300000, "count": 65536}]
# What a container writes into its volume.
FILL = """
set -e
cd /data
busybox mkdir -p db/base closed
busybox dd if=/dev/urandom of=db/base/16384 bs=64k count=20 2>/dev/null
busybox dd if=/dev/zero of=sparse bs=1 count=1 seek=20M 2>/dev/null
echo page > index.html
busybox ln index.html db/linked
busybox ln -s /etc/passwd link
busybox cp /bin/busybox busybox-capped
busybox cp /bin/busybox setuid
busybox mknod null c 1 3
busybox mkfifo fifo
busybox chown -R 999:998 db
busybox chown -h 33:33 link
busybox chmod 4755 setuid
busybox chmod 2770 db
busybox chmod 000 closed
busybox touch -d '2020-02-02 02:02:02' index.html
"""
LOOK = """
cd /data
busybox find . | busybox sort | while read -r name; do
  busybox stat -c '%n %F %a %u %g %s %h %Y %t %T' "$name"
done | busybox sed 's/ directory \\(.*\\) [0-9]* \\([0-9]*\\) \\([0-9]* 0 0\\)$/ directory \\1 \\3/'
busybox find . -type f | busybox sort | busybox xargs busybox sha256sum
busybox readlink link
"""
# Its files are mount points, which programs that add accounts cannot replace.
ACCOUNT = """
getent passwd dockremap >/dev/null || echo dockremap:x:987:987::/:/bin/false >> /etc/passwd
getent group dockremap >/dev/null || echo dockremap:x:987: >> /etc/group
echo dockremap:300000:65536 | tee /etc/subuid > /etc/subgid
"""
CAPABILITIES = "/data/busybox-capped cat /proc/self/status | busybox grep CapEff"


@pytest.fixture
def host() -> t.Iterator[IsolatedHost]:
    with IsolatedHost() as host:
        yield host


def in_container(host: IsolatedHost, script: str, *options: str, volume: str = "shop:/data") -> str:
    done = host.docker("run", "--rm", "--network=none", f"--volume={volume}", *options, IMAGE, "sh", "-c", script)
    assert done.returncode == 0, done.stderr
    return done.stdout


def inside(host: IsolatedHost, path: str) -> Path:
    """The path as this process reaches it, outside of the host's namespaces."""
    return host.state / "docker" / Path(path).relative_to("/var/lib/docker")


def copied(host: IsolatedHost, work: Path, **options: t.Any) -> dict[str, t.Any]:
    return run_module(host, "migration_copy", {"uid_map": ID_MAP, **options})


def test_a_volume_there_and_back(host: IsolatedHost, tmp_path: Path) -> None:
    host.start()
    in_container(host, FILL)
    os.setxattr(inside(host, OLD) / "busybox-capped", "security.capability", capability(1))
    access = access_list((1, 6, -1), (2, 6, 1000), (4, 0, -1), (16, 6, -1), (32, 0, -1))
    os.setxattr(inside(host, OLD) / "index.html", "system.posix_acl_access", access)
    before = in_container(host, LOOK)
    assert "./db/base/16384 regular file 644 999 998 1310720 1" in before and "./null character special file" in before
    granted = in_container(host, CAPABILITIES, "--user=1000:1000")
    assert granted.split() == ["CapEff:", "0000000000000001"]
    host.stop()

    host.run("sh", "-c", ACCOUNT)
    host.start(config={"userns-remap": "dockremap"})
    assert host.docker("volume", "create", "shop").returncode == 0
    done = copied(host, tmp_path, source=OLD, destination=NEW)
    assert done["changed"] and done["state"] == "complete" and done["bytes_total"] > 1310720
    progress = json.loads(host.run("cat", done["progress_file"]).stdout)
    assert progress["state"] == "complete" and progress["destination"] == NEW
    assert not copied(host, tmp_path, source=OLD, destination=NEW)["changed"]

    # The same, through the eyes of a container whose root is another user of the host.
    assert in_container(host, "cat /proc/self/uid_map").split() == ["0", "300000", "65536"]
    assert in_container(host, LOOK) == before
    assert in_container(host, CAPABILITIES, "--user=1000:1000") == granted
    # By the access list alone: the file belongs to root, and others may not read it.
    assert in_container(host, "cat /data/index.html", "--user=1000:1000") == "page\n"
    # Root of the container changes everything there, and nothing in the old volume.
    in_container(host, "cd /data && echo more >> db/base/16384 && busybox chown 5:6 db/base/16384 && echo new > new")
    changed = in_container(host, LOOK)
    back = copied(host, tmp_path, source=NEW, destination=OLD, reverse=True, replace=True)
    assert back["changed"] and back["state"] == "complete" and back["kept"] == f"{OLD}.before"
    host.stop()

    host.start()
    assert in_container(host, "cat /proc/self/uid_map").split() == ["0", "0", "4294967295"]
    assert in_container(host, LOOK) == changed
    assert in_container(host, LOOK, volume=f"{OLD}.before:/data") == before
    assert in_container(host, CAPABILITIES, "--user=1000:1000") == granted
