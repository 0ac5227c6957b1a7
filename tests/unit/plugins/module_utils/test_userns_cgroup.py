# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collectors of user namespaces and control groups, on a host made of a dictionary."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils import _host
from ansible_collections.seawall.docker.plugins.module_utils._location import Location
from ansible_collections.seawall.docker.plugins.module_utils._posture import cgroup, subids, userns
from ansible_collections.seawall.docker.plugins.module_utils._posture.cgroup_tree import ancestors, parse_mounts
from ansible_collections.seawall.docker.plugins.module_utils._posture.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._posture.first_process import group_of
from ansible_collections.seawall.docker.plugins.module_utils._unread import Unread
from ansible_collections.seawall.docker.tests.support.recording import ReplayEngine

ID = "c0ffee" + "0" * 58
IDENTITY = "         0          0 4294967295\n"
INITIAL = "cgroup:[4026531835]"
GIB = 2**30


class DictionaryHost(_host.Host):
    """Files and links from dictionaries; a text that is an ``Unread`` is raised."""

    def __init__(self, files: dict[str, t.Any], links: dict[str, str] | None = None) -> None:
        self.files = files
        self.links = {"/proc/self/ns/cgroup": INITIAL, "/proc/1/ns/cgroup": INITIAL, **(links or {})}
        self.reads: list[str] = []

    def read_bytes(self, path: str, max_bytes: int = 0) -> bytes:
        self.reads.append(path)
        content = self.files.get(path, Unread(f"{path} does not exist", "absent"))
        if isinstance(content, Unread):
            raise content
        return content.encode()

    def read_link(self, path: str) -> str:
        if path not in self.links:
            raise Unread(f"not permitted to read {path}, which needs root", "denied")
        return self.links[path]

    def exists(self, path: str) -> bool:
        return path in self.files

    def page_size(self) -> int:
        return 4096

    def account(self, name_or_uid: str | int) -> _host.Account | None:
        return next((a for a in self.accounts() if name_or_uid in (a.name, a.uid)), None)

    def accounts(self) -> list[_host.Account]:
        entries = (("root", 0), ("dockremap", 112), ("nogroup", 113), ("alice", 1000))
        return [_host.Account(name, uid, uid, "/", "/bin/false") for name, uid in entries]

    def group(self, name_or_gid: str | int) -> _host.Group | None:
        return next((g for g in self.groups() if name_or_gid in (g.name, g.gid)), None)

    def groups(self) -> list[_host.Group]:
        return [_host.Group(name, gid, []) for name, gid in (("root", 0), ("dockremap", 117), ("users", 112))]


def container(running: bool = True, **host_config: t.Any) -> dict[str, t.Any]:
    return {
        "Id": ID,
        "Name": "/web",
        "State": {"Running": running, "Pid": 4242 if running else 0, "Status": "running" if running else "exited"},
        "Config": {"User": "", "Image": "", "Env": [], "Labels": {}},
        "HostConfig": {
            "Privileged": False,
            "CapAdd": None,
            "SecurityOpt": None,
            "NetworkMode": "none",
            "PidMode": "",
            "ReadonlyRootfs": False,
            **host_config,
        },
        "NetworkSettings": {"Networks": {}},
        "Mounts": [],
    }


def context_of(
    host: _host.Host, inspected: dict[str, t.Any], version: str = "26.1.5", local: bool = True, **info: t.Any
) -> Context:
    facts = {"SecurityOptions": [], "DockerRootDir": "/var/lib/docker", "CgroupDriver": "cgroupfs", **info}
    answers = {
        json.dumps(["/info"]): {"answer": facts},
        json.dumps(["/version"]): {"answer": {"Version": version}},
        json.dumps(["/containers/json", {"all": 1}]): {"answer": [{"Id": ID}]},
        json.dumps([f"/containers/{ID}/json"]): {"answer": inspected},
    }
    location = Location("running", "unix:///run/docker.sock", "default", local, None, None, None, None, "")
    return Context(host, location, ReplayEngine(answers))


def use_options(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    def option(_context: Context, name: str) -> dict[str, t.Any]:
        return {"value": values.get(name.replace("-", "_"), ""), "origin": {"kind": "flag", "source": "--x"}}

    monkeypatch.setattr(userns, "configured_option", option)
    monkeypatch.setattr(cgroup, "configured_option", option)


@pytest.fixture(autouse=True)
def _options(monkeypatch: pytest.MonkeyPatch) -> None:
    use_options(monkeypatch)


# User namespaces


@pytest.mark.parametrize(
    ("value", "user", "group", "uid", "gid", "fault"),
    [
        ("", None, None, None, None, None),
        ("default", "dockremap", "dockremap", 112, 117, None),
        ("dockremap:users", "dockremap", "users", 112, 112, None),
        ("112:117", "dockremap", "dockremap", 112, 117, None),
        # A uid alone means the group of the same number.
        ("112", "dockremap", "users", 112, 112, None),
        ("alice", "alice", "alice", 1000, None, "there is no group alice, and the engine does not start"),
        ("ghost", "ghost", None, None, None, "there is no user ghost, and the engine does not start"),
        ("a:b:c", None, None, None, None, "'a:b:c' is not user or user:group, and the engine does not start"),
        ("root", "root", "root", 0, 0, "root cannot be remapped to itself, and the engine leaves user namespaces off"),
        ("0:0", "root", "root", 0, 0, "root cannot be remapped to itself, and the engine leaves user namespaces off"),
    ],
)
def test_a_value_means_what_the_engine_makes_of_it(
    value: str, user: str | None, group: str | None, uid: int | None, gid: int | None, fault: str | None
) -> None:
    found = subids.resolve(DictionaryHost({}), value)
    assert found == {"user": user, "group": group, "uid": uid, "gid": gid, "fault": fault}


@pytest.mark.parametrize(
    ("options", "root", "expected"),
    [
        ([], "/var/lib/docker", {"enabled": False, "root_uid": 0, "root_gid": 0}),
        # The folder's name says nothing where nobody is remapped.
        ([], "/data/1.2", {"enabled": False, "root_uid": 0, "root_gid": 0}),
        (
            ["name=seccomp,profile=default", "name=userns"],
            "/d/100000.100001",
            {"enabled": True, "root_uid": 100000, "root_gid": 100001},
        ),
        (["name=userns"], "/d/0.100000", {"enabled": False, "root_uid": 0, "root_gid": 100000}),
        (["name=userns"], "/d", {}),
    ],
)
def test_the_effective_state_is_the_engines_own_and_host_root_is_no_remapping(
    options: list[str], root: str, expected: dict[str, t.Any]
) -> None:
    context = context_of(DictionaryHost({}), container(), SecurityOptions=options, DockerRootDir=root)
    facts = userns.effective_state(context)
    assert facts.values == {"rootless": False, "data_root": root, **expected}
    assert set(facts.unread) == ({"enabled", "root_uid", "root_gid"} - set(expected))


def maps(uid: str, gid: str = IDENTITY, own: str = IDENTITY, group: str = f"/docker/{ID}") -> dict[str, t.Any]:
    return {
        "/proc/self/uid_map": own,
        "/proc/self/gid_map": own,
        "/proc/4242/uid_map": uid,
        "/proc/4242/gid_map": gid,
        "/proc/4242/cgroup": f"4:memory:{group}\n0::/\n",
    }


@pytest.mark.parametrize(
    ("uid", "gid", "root", "root_group", "inside"),
    [
        (IDENTITY, IDENTITY, True, True, 0),
        ("0 100000 65536\n", "0 100000 65536\n", False, False, None),
        ("0 0 65536\n", "0 100000 65536\n", True, False, 0),
        ("0 100000 65536\n65536 0 65536\n", "0 0 5\n", False, True, 65536),
        ("0 1000 1\n1 100000 65536\n", "0 1000 1\n", False, False, None),
    ],
)
def test_a_containers_maps_are_those_of_its_process(
    uid: str, gid: str, root: bool, root_group: bool, inside: int | None
) -> None:
    context = context_of(DictionaryHost(maps(uid, gid)), container(UsernsMode="host"))
    found = userns.collect(context)["containers"][0]
    assert found["host_namespace_requested"] is True
    assert (found["root_is_host_root"], found["root_group_is_host_root_group"]) == (root, root_group)
    assert found["host_root_inside"] == inside
    assert found["unread"] == {}


@pytest.mark.parametrize(
    ("files", "links", "reason"),
    [
        ({}, {}, "the container ended meanwhile"),
        (
            {
                "/proc/4242/cgroup": f"4:memory:/docker/{ID}\n",
                "/proc/self/uid_map": IDENTITY,
                "/proc/self/gid_map": IDENTITY,
            },
            {},
            "the container ended meanwhile",
        ),
        (maps(IDENTITY, group="/user.slice"), {}, "the process 4242 is in no control group of the container"),
        (maps(""), {}, "the container's user namespace has no map yet"),
        (maps("0 5 x"), {}, "/proc/4242/uid_map is not what a kernel writes"),
        (
            maps(IDENTITY, own="0 100000 65536\n"),
            {"/proc/self/ns/user": "user:[1]", "/proc/1/ns/user": "user:[2]"},
            "the audit runs in a user namespace of its own",
        ),
        (maps(IDENTITY, own="0 100000 65536\n"), {}, "not permitted to read /proc/1/ns/user, which needs root"),
    ],
)
def test_maps_that_cannot_be_told_are_unread(files: dict[str, t.Any], links: dict[str, str], reason: str) -> None:
    found = userns.collect(context_of(DictionaryHost(files, links), container()))["containers"][0]
    assert not {"uid_map", "gid_map", "root_is_host_root", "host_root_inside"} & set(found)
    assert all(text.startswith(reason) for text in found["unread"].values())
    assert {"uid_map", "gid_map", "root_is_host_root", "host_root_inside"} <= set(found["unread"])


def test_a_host_that_is_itself_in_a_namespace_does_not_make_its_root_look_like_somebody_else() -> None:
    own = "0 100000 65536\n"
    links = {"/proc/self/ns/user": "user:[1]", "/proc/1/ns/user": "user:[1]", "/proc/4242/ns/user": "user:[1]"}
    found = userns.collect(context_of(DictionaryHost(maps(own, own, own), links), container()))["containers"][0]
    assert found["root_is_host_root"] is True
    assert found["uid_map"] == [{"inside": 0, "outside": 0, "count": 65536}]


@pytest.mark.parametrize(("version", "start"), [("28.5.2+dfsg4", 0), ("26.1.5", None), ("", None)])
def test_the_file_is_read_as_that_engine_does(monkeypatch: pytest.MonkeyPatch, version: str, start: int | None) -> None:
    use_options(monkeypatch, userns_remap="default")
    host = DictionaryHost({"/etc/subuid": "dockremap:abc:65536\n", "/etc/subgid": "dockremap:7000:65536\nalice:1:2\n"})
    section = userns.collect(context_of(host, container(False), version))
    subuid, subgid = section["subuid"], section["subgid"]
    assert subuid["malformed"] == [
        {"line": 1, "text": "dockremap:abc:65536", "reason": "the start 'abc' is not a number"}
    ]
    if start is not None:
        assert [entry["start"] for entry in subuid["ranges"]] == [0]
        assert [o["owner"] for o in subuid["overlaps"]] == ["root", "dockremap", "nogroup", "alice"]
    elif version:
        assert subuid["ranges"] == [] and "does not start" in subuid["fault"]
    else:
        assert "ranges" not in subuid
        assert "depends on its version" in section["unread"]["subuid.ranges"]
    # Old and new engines read this one alike, so that the version does not matter.
    assert subgid["ranges"] == [{"line": 1, "owner": "dockremap", "start": 7000, "count": 65536}]
    assert (subgid["size"], subgid["fault"], subgid["overlaps"]) == (65536, None, [])


def test_a_remote_engine_leaves_files_and_maps_unread() -> None:
    section = userns.collect(context_of(DictionaryHost({}), container(), local=False))
    assert section["effective"]["enabled"] is False
    assert {"subuid", "subgid", "uid"} <= set(section["unread"])
    assert "is remote" in section["containers"][0]["unread"]["root_is_host_root"]


# Control groups

V1_MOUNTS = (
    "".join(
        f"3{n} 2 0:2{n} / /sys/fs/cgroup/{names} rw,relatime shared:1 - cgroup cgroup rw,{names}\n"
        for n, names in enumerate(("memory", "cpu,cpuacct", "cpuset", "pids", "blkio"))
    )
    + "40 2 0:40 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n"
    + "41 2 0:41 / /sys/fs/cgroup/unified rw - cgroup2 none rw\n"
)
V2_MOUNTS = "30 2 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"


def v1_host(**changes: t.Any) -> DictionaryHost:
    own = f"/docker/{ID}"
    memory, cpu, cpuset = (f"/sys/fs/cgroup/{name}" for name in ("memory", "cpu,cpuacct", "cpuset"))
    files: dict[str, t.Any] = {
        "/proc/self/mountinfo": V1_MOUNTS,
        "/proc/4242/cgroup": f"9:memory:{own}/init.scope\n8:cpu,cpuacct:{own}\n7:cpuset:{own}\n6:pids:{own}\n"
        f"5:blkio:{own}\n1:name=systemd:{own}\n0::/\n",
        f"{memory}/memory.limit_in_bytes": "9223372036854771712\n",
        f"{memory}/docker/memory.limit_in_bytes": "9223372036854771712\n",
        f"{memory}{own}/memory.limit_in_bytes": "67108864\n",
        f"{memory}{own}/cgroup.procs": "4242\n",
        f"{memory}{own}/memory.memsw.limit_in_bytes": "134217728\n",
        f"{memory}{own}/memory.soft_limit_in_bytes": "9223372036854771712\n",
        f"{cpu}{own}/cpu.cfs_quota_us": "50000\n",
        f"{cpu}{own}/cpu.cfs_period_us": "100000\n",
        f"{cpu}{own}/cpu.shares": "1024\n",
        f"{cpuset}/cpuset.effective_cpus": "0-3\n",
        f"{cpuset}{own}/cpuset.effective_cpus": "0-3\n",
        f"{cpuset}/cpuset.effective_mems": "0\n",
        f"{cpuset}{own}/cpuset.effective_mems": "0\n",
        f"/sys/fs/cgroup/pids{own}/pids.max": "max\n",
        f"/sys/fs/cgroup/pids{own}/cgroup.procs": "4242\n",
        f"/sys/fs/cgroup/blkio{own}/cgroup.procs": "4242\n",
    }
    files.update({path.replace("OWN", own): text for path, text in changes.items()})
    return DictionaryHost({path: text for path, text in files.items() if text is not None})


def limits_of(host: DictionaryHost, inspected: dict[str, t.Any], **info: t.Any) -> dict[str, t.Any]:
    return t.cast("dict[str, t.Any]", cgroup.collect(context_of(host, inspected, **info))["containers"][0])


def test_version_1_limits() -> None:
    host = v1_host()
    found = limits_of(host, container(Memory=64 * 2**20, MemorySwap=128 * 2**20, NanoCpus=500000000, PidsLimit=20))
    assert found["path"] == {name: f"/docker/{ID}" for name in ("blkio", "cpu", "cpuset", "memory", "pids")}
    verdicts = {name: entry["verdict"] for name, entry in found["limits"].items()}
    assert verdicts == {
        "memory_bytes": "equal",
        "memory_swap_bytes": "equal",
        "memory_reservation_bytes": "unlimited",
        "cpus": "equal",
        "cpu_shares": "unlimited",
        "cpuset_cpus": "unlimited",
        "cpuset_mems": "unlimited",
        "pids": "not_enforced",
        "blkio_weight": "unlimited",
    }
    assert found["limits"]["memory_bytes"]["limited_by"] == f"/docker/{ID}/memory.limit_in_bytes"
    assert found["unread"] == {}
    assert len(host.reads) == len(set(host.reads))


@pytest.mark.parametrize(
    ("hierarchy", "enforced", "by"),
    [(None, 1048576, "/docker"), ("1\n", 1048576, "/docker"), ("0\n", 67108864, f"/docker/{ID}")],
)
def test_a_group_above_binds_unless_it_was_told_not_to(hierarchy: str | None, enforced: int, by: str) -> None:
    host = v1_host(
        **{
            "/sys/fs/cgroup/memory/docker/memory.limit_in_bytes": "1048576\n",
            "/sys/fs/cgroup/memory/docker/memory.use_hierarchy": hierarchy,
        }
    )
    entry = limits_of(host, container(Memory=64 * 2**20))["limits"]["memory_bytes"]
    assert (entry["enforced"], entry["limited_by"]) == (enforced, f"{by}/memory.limit_in_bytes")


def test_a_process_that_left_its_group_has_the_limits_of_where_it_is() -> None:
    text = f"9:memory:/\n6:pids:/docker/{ID}\n"
    found = limits_of(v1_host(**{"/proc/4242/cgroup": text}), container(Memory=64 * 2**20))
    assert found["path"] == {"memory": "/", "pids": f"/docker/{ID}"}
    assert found["limits"]["memory_bytes"]["verdict"] == "not_enforced"


@pytest.mark.parametrize(
    ("changes", "key", "reason"),
    [
        ({"/proc/4242/cgroup": None}, "limits", "the container ended meanwhile"),
        ({"/proc/4242/cgroup": "9:memory:/user\n"}, "limits", "the process 4242 is in no control group"),
        ({"/proc/self/mountinfo": ""}, "limits", "no control groups are mounted here"),
        (
            {"/sys/fs/cgroup/pidsOWN/pids.max": None, "/sys/fs/cgroup/pidsOWN/cgroup.procs": None},
            "limits.pids",
            "the control group",
        ),
        ({"/sys/fs/cgroup/pidsOWN/pids.max": "many"}, "limits.pids", "the kernel's file is not understood"),
        ({"/sys/fs/cgroup/pidsOWN/pids.max": Unread("not permitted", "denied")}, "limits.pids", "not permitted"),
    ],
)
def test_limits_that_cannot_be_read_are_unread(changes: dict[str, t.Any], key: str, reason: str) -> None:
    found = limits_of(v1_host(**changes), container(PidsLimit=5))
    assert found["unread"][key].startswith(reason)
    assert found["limits"]["pids"] == {"declared": 5}


def test_an_auditor_in_another_cgroup_namespace_sees_no_limits() -> None:
    host = v1_host()
    host.links["/proc/self/ns/cgroup"] = "cgroup:[4026532999]"
    assert "cgroup namespace of its own" in limits_of(host, container())["unread"]["limits"]


def test_a_stopped_container_has_declared_limits_only() -> None:
    found = limits_of(v1_host(), container(False, Memory=7))
    assert found["limits"]["memory_bytes"] == {"declared": 7}
    assert found["unread"] == {"path": "the container does not run", "limits": "the container does not run"}


def v2_host(**changes: t.Any) -> DictionaryHost:
    own = f"/system.slice/docker-{ID}.scope"
    root = "/sys/fs/cgroup"
    files: dict[str, t.Any] = {
        "/proc/self/mountinfo": V2_MOUNTS,
        "/proc/4242/cgroup": f"0::{own}\n",
        f"{root}/cgroup.controllers": "cpuset cpu io memory pids\n",
        f"{root}/system.slice/cgroup.controllers": "cpu io memory pids\n",
        f"{root}/system.slice/memory.max": "max\n",
        f"{root}{own}/cgroup.procs": "4242\n",
        f"{root}{own}/memory.max": "67108864\n",
        f"{root}{own}/memory.swap.max": "67108864\n",
        f"{root}{own}/memory.low": "0\n",
        f"{root}{own}/cpu.max": "50000 100000\n",
        f"{root}{own}/cpu.weight": "20\n",
        f"{root}{own}/pids.max": "2346\n",
        f"{root}{own}/io.weight": "default 2930\n",
        **{f"{root}{path.replace('OWN', own)}": text for path, text in changes.items()},
    }
    return DictionaryHost({path: text for path, text in files.items() if text is not None})


def test_version_2_limits() -> None:
    asked = container(Memory=64 * 2**20, MemorySwap=128 * 2**20, NanoCpus=500000000, CpuShares=512, BlkioWeight=300)
    found = limits_of(v2_host(), asked, CgroupDriver="systemd")
    verdicts = {name: entry["verdict"] for name, entry in found["limits"].items()}
    assert verdicts == {
        "memory_bytes": "equal",
        "memory_swap_bytes": "equal",
        "memory_reservation_bytes": "unlimited",
        "cpus": "equal",
        "cpu_shares": "equal",
        "cpuset_cpus": "unlimited",
        "cpuset_mems": "unlimited",
        "pids": "undeclared",
        "blkio_weight": "equal",
    }
    assert found["limits"]["cpu_shares"]["expected"] == [20, 59]


def test_version_2_without_swap_accounting_does_not_enforce_swap() -> None:
    asked = container(Memory=64 * 2**20, MemorySwap=128 * 2**20)
    found = limits_of(v2_host(**{"OWN/memory.swap.max": None}), asked)
    assert found["limits"]["memory_swap_bytes"]["verdict"] == "not_enforced"


def test_the_section_about_version_2() -> None:
    section = cgroup.collect(context_of(v2_host(), container(), CgroupDriver="systemd"))
    assert (section["version"], section["mode"], section["driver"]) == (2, "unified", "systemd")
    assert section["controllers"]["cpuset"] == {"mounted": True, "delegated": False}
    assert section["controllers"]["memory"] == {"mounted": True, "delegated": True}
    assert section["unread"] == {}


def test_a_rootless_engine_without_groups_enforces_nothing() -> None:
    host = v2_host()
    group = "/user.slice/user-1000.slice/user@1000.service/docker.service"
    host.files["/proc/4242/cgroup"] = f"0::{group}\n"
    host.files[f"/sys/fs/cgroup{group}/cgroup.procs"] = "1\n"
    found = limits_of(host, container(Memory=64 * 2**20), CgroupDriver="none", SecurityOptions=["name=rootless"])
    assert found["path"] == {"unified": group}
    assert found["limits"]["memory_bytes"]["verdict"] == "not_enforced"


def test_a_remote_engine_tells_version_and_declared_limits() -> None:
    section = cgroup.collect(context_of(DictionaryHost({}), container(Memory=GIB), local=False, CgroupVersion="2"))
    assert section["version"] == 2
    assert {"mode", "mount", "controllers"} <= set(section["unread"])
    assert section["containers"][0]["limits"]["memory_bytes"] == {"declared": GIB}
    assert "is remote" in section["containers"][0]["unread"]["limits"]


@pytest.mark.parametrize(
    ("parent", "driver", "group"),
    [
        ("", "cgroupfs", "/docker"),
        ("/a/b", "cgroupfs", "/a/b"),
        ("", "systemd", "/system.slice"),
        ("a-b.slice", "systemd", "/a.slice/a-b.slice"),
        ("-.slice", "systemd", "/"),
    ],
)
def test_the_parent_of_containers(parent: str, driver: str, group: str) -> None:
    assert cgroup.parent_group(parent, driver) == group


def test_groups_and_mounts() -> None:
    assert ancestors("/a/b") == ["/a/b", "/a", "/"]
    assert ancestors("/") == ["/"]
    assert group_of(f"/docker/{'f' * 64}/docker/{ID}/init.scope", ID) == f"/docker/{'f' * 64}/docker/{ID}"
    assert group_of("/user.slice", ID) is None
    points = {mount.point: mount.controllers for mount in parse_mounts(V1_MOUNTS + "garbage\n\n1 2 - cgroup\n")}
    assert points["/sys/fs/cgroup/cpu,cpuacct"] == {"cpu", "cpuacct"}
    assert "/sys/fs/cgroup/systemd" not in points
    assert points["/sys/fs/cgroup/unified"] == {"unified"}
