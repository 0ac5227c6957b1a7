# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a container is the engine's record and what its processes can change; files that a container controls."""

from __future__ import annotations

import json
import os
import sys
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._cgroup.first_process import live_thread
from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._host import model, reading
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.collect import container_facts
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.mounts import mounts_of
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.started_with import (
    parse_record,
    started_with,
)
from ansible_collections.seawall.docker.plugins.module_utils._posture.versions.processes import shim_pids
from ansible_collections.seawall.docker.tests.support.dictionary_host import ID, DictionaryHost, container, context_of

GROUPS = f"0::/system.slice/docker-{ID}.scope\n"
RECORD = {"process": {"user": {"uid": 0}, "noNewPrivileges": True}, "linux": {"seccomp": {"defaultAction": "x"}}}


def real_host() -> reading.Host:
    return reading.Host(lambda *_words, **_options: (0, "", ""))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "root" / "etc").mkdir(parents=True)
    (tmp_path / "root" / "etc" / "passwd").write_text("inside\n", encoding="utf-8")
    (tmp_path / "secret").write_text("of the host\n", encoding="utf-8")
    return tmp_path


def test_a_file_below_a_directory(tree: Path) -> None:
    assert real_host().read_below(str(tree / "root"), "etc/passwd") == b"inside\n"
    assert real_host().read_below(str(tree / "root"), "/etc/passwd") == b"inside\n"


def link(path: Path, target: str) -> None:
    path.unlink()
    path.symlink_to(target)


def fifo(path: Path, _target: str) -> None:
    path.unlink()
    os.mkfifo(path)


def directory(path: Path, _target: str) -> None:
    path.unlink()
    path.mkdir()


def socket_file(path: Path, _target: str) -> None:
    path.unlink()
    os.mknod(path, 0o140600)


def parent(path: Path, target: str) -> None:
    path.unlink()
    path.parent.rmdir()
    path.parent.symlink_to(Path(target).parent)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (link, "etc/passwd is a symbolic link, which is not followed"),
        (parent, "/etc is a symbolic link, which is not followed"),
        (fifo, "etc/passwd is not a regular file"),
        (socket_file, "etc/passwd is not a regular file"),
        (directory, "etc/passwd is not a regular file"),
    ],
)
def test_nothing_else_is_opened(tree: Path, change: t.Callable[[Path, str], None], reason: str) -> None:
    change(tree / "root" / "etc" / "passwd", str(tree / "secret"))
    with pytest.raises(Unread, match=reason):
        real_host().read_below(str(tree / "root"), "etc/passwd")


@pytest.mark.parametrize("path", ["../secret", "etc/../../secret", "etc//passwd", ".", ""])
def test_a_path_that_leads_out_is_refused(tree: Path, path: str) -> None:
    with pytest.raises(Unread, match="not a plain path"):
        real_host().read_below(str(tree / "root"), path)


def test_what_is_mounted_below_is_not_entered() -> None:
    with pytest.raises(Unread, match="another file system is mounted at /proc"):
        real_host().read_below("/", "proc/version")


def test_a_large_file_is_not_read(tree: Path) -> None:
    with pytest.raises(Unread, match="larger than 3 bytes"):
        real_host().read_below(str(tree / "root"), "etc/passwd", 3)


def test_a_file_that_is_not_there(tree: Path) -> None:
    with pytest.raises(Unread) as caught:
        real_host().read_below(str(tree / "root"), "etc/shadow")
    assert caught.value.kind == "absent"


class Devices(DictionaryHost):
    """In /dev/snd is one device."""

    def stat(self, path: str, follow_links: bool = True) -> model.FileStatus:
        if path != "/dev/snd/timer":
            raise Unread(f"{path} does not exist", "absent")
        return model.FileStatus("device", 0o600, 0, 0, 0, 1, 1, 0.0)


def started(files: dict[str, t.Any], cwd: str = f"/run/moby/{ID}", **changes: t.Any) -> t.Any:
    host = Devices({"/proc/4242/cgroup": GROUPS, "/proc/4242/status": "PPid:\t7\n", **files}, {"/proc/7/cwd": cwd})
    inspected = container()
    asked = [{"host": "/dev/snd", "container": "/dev/snd"}]
    facts = {"id": ID, "pid": 4242, "privileged": False, "devices": asked, "device_requests": []}
    return started_with(context_of(host, inspected), {**facts, **changes})


def test_what_the_engine_started_a_container_with() -> None:
    found = started({"/proc/7/cwd/config.json": json.dumps(RECORD)})
    assert found == {"user_id": 0, "no_new_privileges": True, "seccomp": True, "added_devices": []}


@pytest.mark.parametrize(
    ("changes", "added"),
    [
        ({}, ["/dev/kvm", "/dev/nvidia0"]),
        ({"devices": [{"host": "/dev/x", "container": "/dev/kvm"}]}, ["/dev/nvidia0", "/dev/snd/timer"]),
        # Not a directory in which all devices lie.
        ({"devices": [{"host": "/dev/snd", "container": "/dev"}]}, ["/dev/kvm", "/dev/nvidia0", "/dev/snd/timer"]),
        ({"devices": [{"host": "/", "container": "/"}]}, ["/dev/kvm", "/dev/nvidia0"]),
        ({"devices": []}, ["/dev/kvm", "/dev/nvidia0", "/dev/snd/timer"]),
        ({"device_requests": [{"driver": "nvidia"}]}, ["/dev/kvm"]),
        ({"device_requests": [{"driver": ""}]}, ["/dev/kvm"]),
        ({"device_requests": [{"driver": "other"}]}, ["/dev/kvm", "/dev/nvidia0"]),
        ({"device_requests": [{"driver": "cdi"}]}, []),
        ({"privileged": True}, []),
    ],
)
def test_devices_for_which_the_engine_was_not_asked(changes: dict[str, t.Any], added: list[str]) -> None:
    devices = [{"path": "/dev/snd/timer"}, {"path": "/dev/kvm"}, {"path": "/dev//kvm"}, {"path": "/dev/nvidia0"}]
    record = {**RECORD, "linux": {"devices": devices}}
    assert started({"/proc/7/cwd/config.json": json.dumps(record)}, **changes)["added_devices"] == added


ODD_PARTS: list[dict[str, t.Any]] = [
    {"linux": []},
    {"linux": {"devices": "x"}},
    {"linux": {"devices": ["x"]}},
    {"linux": {"devices": [{}]}},
    {"linux": {"devices": [{"path": ["x"]}]}},
    {"mounts": {}},
    {"mounts": ["x"]},
    {"mounts": [{"options": "bind"}]},
    {"mounts": [{"type": "proc", "options": [1]}]},
    {"mounts": [{"type": "bind", "source": "/x"}]},
]


@pytest.mark.parametrize("odd", ODD_PARTS)
def test_a_record_with_parts_of_another_form_is_not_known(odd: dict[str, t.Any]) -> None:
    with pytest.raises(Unread, match="its devices or mounts have another form"):
        parse_record(json.dumps({**RECORD, **odd}), "/x/config.json")


def test_bind_mounts_of_a_record() -> None:
    mounts = [
        {"type": "bind", "source": "/a", "destination": "/b", "options": ["ro", "rprivate", "rshared"]},
        {"type": "none", "source": "/c", "destination": "/d", "options": ["rbind"]},
        {"type": "proc", "source": "proc", "destination": "/proc"},
    ]
    record = parse_record(json.dumps({**RECORD, "linux": None, "mounts": mounts}), "/x/config.json")
    assert record.bind_mounts == (("/a", "/b", True, "rshared"), ("/c", "/d", False, ""))


def test_a_parent_that_is_not_the_shim_of_the_container_says_nothing() -> None:
    with pytest.raises(Unread, match="does not work in the container's record"):
        started({"/proc/7/cwd/config.json": json.dumps(RECORD)}, "/home/eve/innocent")


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"process": {"user": {"uid": "0"}}}', '{"process": []}', "[" * 100000]
)
def test_a_record_of_another_form_is_a_gap(text: str) -> None:
    with pytest.raises(Unread):
        parse_record(text, "/x/config.json")


class Threads(DictionaryHost):
    def read_link(self, path: str) -> str:
        if path == "/proc/4242/exe":
            raise Unread("gone", "absent")
        return super().read_link(path)

    def list_directory(self, path: str) -> list[str]:
        return ["4242", "4250", "4251"] if path == "/proc/4242/task" else super().list_directory(path)


def test_of_a_process_without_its_first_thread_another_one_is_looked_at() -> None:
    assert live_thread(Threads({}, {"/proc/4251/exe": "/usr/sbin/server"}), 4242) == 4251
    assert live_thread(Threads({}), 4242) == 4242


STATUS = "PPid:\t7\nUid:\t{0}\t{0}\t{0}\t{0}\nSeccomp:\t2\nNoNewPrivs:\t1\nCapEff:\t0\nCapBnd:\t0\n"


class Reused(DictionaryHost):
    """The container ends while the status of its process is read for the ``turn``-th time; its number goes elsewhere."""

    turn = 1

    def read_bytes(self, path: str, max_bytes: int = 0) -> bytes:
        if path == "/proc/4242/status":
            self.turn -= 1
            if self.turn == 0:
                self.files["/proc/4242/cgroup"] = "0::/system.slice/cron.service\n"
        return super().read_bytes(path, max_bytes)


def test_what_was_read_of_a_process_that_took_the_number_is_not_judged() -> None:
    host = Reused({"/proc/4242/cgroup": GROUPS, "/proc/4242/status": STATUS.format(1000)})
    inspected = container()

    facts = container_facts(context_of(host, inspected), inspected)

    assert "process" not in facts
    assert "in no control group of the container" in facts["unread"]["process"]
    assert facts["left_control_groups"]


@pytest.mark.parametrize("groups", [None, "0::/system.slice/cron.service\n"])
def test_the_thread_of_which_facts_were_read_is_proved_as_well(groups: t.Optional[str]) -> None:
    files = {"/proc/4242/cgroup": GROUPS, "/proc/4251/status": STATUS.format(1000)}
    host = Threads(files if groups is None else {**files, "/proc/4251/cgroup": groups}, {"/proc/4251/exe": "/server"})
    inspected = container()

    facts = container_facts(context_of(host, inspected), inspected)

    assert "process" not in facts
    assert facts["left_control_groups"]


def test_what_was_read_before_the_process_was_proved_to_be_the_containers_is_not_judged() -> None:
    host = DictionaryHost(
        {"/proc/4242/cgroup": GROUPS, "/proc/4242/status": STATUS.format(1000)}, {"/proc/7/exe": "/containerd-shim"}
    )
    inspected = container()
    context = context_of(host, inspected)
    assert shim_pids(context) == [7]
    host.files["/proc/4242/status"] = STATUS.format(0)

    assert container_facts(context, inspected)["process"]["user_id"] == 0


def test_a_process_that_left_the_control_groups_is_said_so() -> None:
    inspected = container(NetworkMode="container:abc", IpcMode="container:abc")
    host = DictionaryHost({"/proc/4242/cgroup": "0::/elsewhere\n"})
    facts = container_facts(context_of(host, inspected), inspected)
    assert facts["left_control_groups"] is True
    assert "in no control group of the container" in facts["unread"]["process"]
    assert "was removed" in facts["unread"]["joined_namespaces.ipc"]
    assert facts["joined_namespaces"] == {"pid": ""}
    stopped = container(running=False)
    assert container_facts(context_of(host, stopped), stopped)["left_control_groups"] is False


class Mounts(DictionaryHost):
    """A host on which every path is what it says, unless a link is given for it."""

    def real_path(self, path: str) -> str:
        return self.links.get(path, path)

    def entries_on_the_way(self, path: str) -> list[str]:
        return [path]

    def stat(self, path: str, follow_links: bool = True) -> model.FileStatus:
        return model.FileStatus("directory", 0o755, 0, 0, 0, 1, 1, 0.0)

    def list_directory(self, path: str) -> list[str]:
        return ["1", "4242"]


HOST_MOUNTS = "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"
OWN_ROOT = "50 1 0:50 / / rw - overlay overlay rw\n"


def seen(mountinfo: str, source: str = "/srv/web", links: dict[str, str] | None = None, **config: t.Any) -> t.Any:
    inspected = container(**config)
    inspected["Mounts"] = [{"Type": "bind", "Source": source, "Destination": "/host", "RW": False}]
    files = {
        "/proc/4242/cgroup": GROUPS,
        "/proc/1/cgroup": "0::/\n",
        "/proc/4242/mountinfo": OWN_ROOT + mountinfo,
        "/proc/9/mountinfo": HOST_MOUNTS,
    }
    context: Context = context_of(Mounts(files, links), inspected)
    context.location = context.location._replace(pid=9)
    facts = {"id": ID, "pid": 4242, "privileged": False, "capabilities": {"added": config.get("CapAdd") or []}}
    found, gap = mounts_of(context, inspected, {**facts, "security_options": {"seccomp": "default"}})
    return [mount["real_source"] for mount in found], gap


@pytest.mark.parametrize(
    ("mountinfo", "places", "complete"),
    [
        ("60 50 8:1 /srv/web /host rw - ext4 /dev/sda1 rw\n", ["/srv/web"], True),
        # Of a file that was replaced.
        ("60 50 8:1 /srv/web//deleted /host rw - ext4 /dev/sda1 rw\n", ["/srv/web"], True),
        # The path leads elsewhere since the start: both places count.
        ("60 50 8:1 /etc /host rw - ext4 /dev/sda1 rw\n", ["/etc", "/srv/web"], True),
        # Covered, and covered by another place.
        ("60 50 8:1 /srv/web /host rw - ext4 /dev/sda1 rw\n61 60 0:9 / /host rw - tmpfs none rw\n", ["/srv/web"], True),
        (
            "60 50 8:1 /srv/web /host rw - ext4 /dev/sda1 rw\n61 60 8:1 /srv/b /host rw - ext4 /dev/sda1 rw\n",
            ["/srv/b", "/srv/web"],
            True,
        ),
        # Moved elsewhere, as under a link of the container.
        ("60 50 8:1 /srv/web /gone rw - ext4 /dev/sda1 rw\n", ["/srv/web"], True),
        ("61 60 0:9 / /host rw - tmpfs none rw\n", ["/srv/web"], False),
        ("", ["/srv/web"], False),
    ],
)
def test_record_and_kernel_count_both(mountinfo: str, places: list[str], complete: bool) -> None:
    found, gap = seen(mountinfo)
    assert (found, gap is None) == (places, complete)


@pytest.mark.parametrize(
    ("mountinfo", "more"),
    [
        # A program such as bindfs, and an overlay, show directories under a device of their own.
        ("70 1 0:70 / /srv rw - fuse.bindfs /etc rw\n", ["/etc/web"]),
        (
            "70 1 0:70 / /srv rw - overlay overlay rw,lowerdir=/etc:/opt/b,upperdir=/u\n",
            ["/etc/web", "/opt/b/web", "/u/web"],
        ),
        ("70 1 8:1 /etc /srv rw - ext4 /dev/sda1 rw\n", ["/etc/web"]),
        ("70 1 8:1 /etc /srv/web/a/b rw - ext4 /dev/sda1 rw\n", ["/etc"]),
        # What is on another machine, or lies below by every name, is no other place of this host.
        ("70 1 0:70 / /srv rw - nfs4 server:/etc rw\n", []),
        ("70 1 8:9 / /srv/web/disk rw - ext4 /dev/sdb1 rw\n", []),
    ],
)
def test_a_path_is_whatever_is_mounted_there_and_below(
    monkeypatch: pytest.MonkeyPatch, mountinfo: str, more: list[str]
) -> None:
    monkeypatch.setattr(sys.modules[__name__], "HOST_MOUNTS", HOST_MOUNTS + mountinfo)
    found, _gap = seen("60 50 8:1 /srv/web /host rw - ext4 /dev/sda1 rw\n")
    assert sorted(found) == sorted(["/srv/web", *more])


def test_what_a_container_mounted_itself_counts_where_it_may_mount() -> None:
    disk = "60 50 8:1 /srv/web /host rw - ext4 /dev/sda1 rw\n61 50 8:1 / /disk rw - ext4 /dev/sda1 rw\n"
    assert seen(disk) == (["/srv/web"], None)
    assert seen(disk, CapAdd=["SYS_ADMIN"]) == (["/", "/srv/web"], None)
    # What the kernel makes up and what the engine prepares for everybody is no directory of the host.
    usual = (
        "60 50 8:1 /srv/web /host rw - ext4 /dev/sda1 rw\n61 50 8:1 /var/lib/docker/containers/a/hosts /etc/hosts rw - "
        "ext4 /dev/sda1 rw\n62 50 0:5 / /proc rw - proc proc rw\n"
    )
    assert seen(usual, CapAdd=["SYS_ADMIN"]) == (["/srv/web"], None)
