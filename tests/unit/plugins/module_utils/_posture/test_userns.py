# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collector of user namespaces, on a host made of dictionaries."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._daemon.process import Process
from ansible_collections.seawall.docker.plugins.module_utils._host.model import Clocks, FileStatus
from ansible_collections.seawall.docker.plugins.module_utils._posture import userns
from ansible_collections.seawall.docker.plugins.module_utils._userns import subids
from ansible_collections.seawall.docker.tests.support.dictionary_host import ID, DictionaryHost, container, context_of

IDENTITY = "         0          0 4294967295\n"


def use_options(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    def option(_context: Context, name: str) -> dict[str, t.Any]:
        return {"value": values.get(name.replace("-", "_"), ""), "origin": {"kind": "flag", "source": "--x"}}

    monkeypatch.setattr(userns, "configured_option", option)


@pytest.fixture(autouse=True)
def _options(monkeypatch: pytest.MonkeyPatch) -> None:
    use_options(monkeypatch)


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
    ("files", "faults"),
    [
        ({}, ["/etc/subuid does not exist", "/etc/subgid does not exist"]),
        ({"/etc/subuid": "", "/etc/subgid": ""}, [None, None]),
        (
            {"/etc/subuid": "alice:x:1", "/etc/subgid": ""},
            ["line 1 has 'x' for a number, and the engine does not start", None],
        ),
    ],
)
def test_files_are_read_for_a_user_that_the_engine_will_create(
    monkeypatch: pytest.MonkeyPatch, files: dict[str, str], faults: list[str | None]
) -> None:
    use_options(monkeypatch, userns_remap="default")
    host = DictionaryHost(files)
    monkeypatch.setattr(host, "account", lambda _name: None)
    context = context_of(host, container())
    monkeypatch.setattr(context, "version", lambda: {"Version": "26.1.5"})
    found = userns.collect(context)
    assert found["uid"] is None
    assert [found[name].get("fault", "unread") for name in ("subuid", "subgid")] == faults


def test_a_host_in_a_user_namespace_lists_its_ids_and_the_lines_that_give_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use_options(monkeypatch, userns_remap="dockremap")
    line = "dockremap:100000:65536\n"
    files = {"/etc/subuid": line, "/etc/subgid": line, "/proc/sys/user/max_user_namespaces": "0\n"}
    files.update({"/proc/self/uid_map": "0 100000 65536\n", "/proc/self/gid_map": "0 100000 165536\n"})
    links = {"/proc/self/ns/user": "user:[1]", "/proc/1/ns/user": "user:[1]"}
    found = userns.collect(context_of(DictionaryHost(files, links), container()))
    assert found["max_user_namespaces"] == 0
    assert found["own_ids"] == {"uids": [{"start": 0, "end": 65535}], "gids": [{"start": 0, "end": 165535}]}
    assert found["subuid"]["fault"].startswith("line 1 has the ids 100000 to 165535, and this host does not have them")
    assert found["subgid"]["fault"] is None
    # A namespace of the audit's own says nothing about the host.
    found = userns.collect(context_of(DictionaryHost(files, {**links, "/proc/1/ns/user": "user:[2]"}), container()))
    assert "own_ids" not in found and "fault" not in found["subuid"]
    assert "own_ids" in found["unread"] and "subuid.fault" in found["unread"]


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
        assert "others" not in subuid
    assert subgid["others"] == [{"line": 2, "owner": "alice", "start": 1, "count": 2}]
    # Old and new engines read this one alike, so that the version does not matter.
    assert subgid["ranges"] == [{"line": 1, "owner": "dockremap", "start": 7000, "count": 65536}]
    assert (subgid["size"], subgid["fault"], subgid["overlaps"]) == (65536, None, [])


HIGH = "0 100000 65536\n"


@pytest.mark.parametrize(
    ("uid", "gid", "expected"),
    [
        (HIGH, HIGH, []),
        # Group 42 is shadow on Debian, whether this host has the name or not.
        (HIGH, "0 100000 42\n42 42 1\n", [("gid_map", 42, 42, "system accounts")]),
        (HIGH, "0 1 65536\n", [("gid_map", 1, 999, "system accounts")]),
        ("0 900 200\n", HIGH, [("uid_map", 900, 999, "system accounts"), ("uid_map", 1000, 1000, "alice")]),
        ("0 1000 1\n", HIGH, [("uid_map", 1000, 1000, "alice")]),
    ],
)
def test_every_extent_of_both_maps_is_held_against_the_hosts_own_ids(
    uid: str, gid: str, expected: list[tuple[str, int, int, str]]
) -> None:
    found = userns.collect(context_of(DictionaryHost(maps(uid, gid)), container()))["containers"][0]
    assert [tuple(one.values()) for one in found["host_ids"]] == expected
    assert found["maps_host_ids"] is bool(expected)


def test_a_rootless_daemons_own_user_is_root_in_its_containers_and_nobody_elses_is() -> None:
    status = "Name:\tdockerd\nUid:\t1000 1000 1000 1000\nGid:\t112 112 112 112\n"
    for uid, ids in (("0 1000 1\n1 100000 65536\n", []), ("0 1000 1\n1 500 10\n", [500])):
        files = {**maps(uid, "0 112 1\n"), "/proc/77/status": status}
        context = context_of(DictionaryHost(files), container(), SecurityOptions=["name=rootless"])
        context.once("daemon_pid", lambda: 77)
        # Group 112 is a system's, given to the daemon by whoever gave it to its user.
        found = userns.collect(context)["containers"][0]["host_ids"]
        assert [one["start"] for one in found if one["map"] == "uid_map"] == ids


class ChangedHost(DictionaryHost):
    changed = 0.0
    turned = 0.0

    def links_changed_at(self, path: str) -> float:
        return self.turned

    def stat(self, path: str, follow_links: bool = True) -> FileStatus:
        return FileStatus("file", 0o644, 0, 0, 1, 1, 1, self.changed)

    def clocks(self) -> Clocks:
        return Clocks(1000.0, 1000.0)

    def clock_ticks(self) -> int:
        return 100


@pytest.mark.parametrize(
    ("changed", "running", "started_at", "known"),
    [
        (99.0, False, None, True),
        # Within the hundredth of a second in which the daemon started, nobody knows.
        (100.0, False, None, False),
        (200.0, False, None, False),
        (200.0, True, "1970-01-01T00:03:00.5Z", True),
        # In the same second as the daemon, and after it.
        (200.0, True, "1970-01-01T00:01:40.25Z", True),
        # It runs since before the daemon, with what an earlier one read.
        (200.0, True, "1970-01-01T00:01:39.875Z", False),
        (200.0, True, "1970-01-01T00:01:00Z", False),
        (200.0, True, "yesterday", False),
    ],
)
def test_ranges_that_the_daemon_may_not_have_read_decide_nothing(
    monkeypatch: pytest.MonkeyPatch, changed: float, running: bool, started_at: str | None, known: bool
) -> None:
    use_options(monkeypatch, userns_remap="default")
    monkeypatch.setattr(userns, "find_process", lambda _context: Process(7, "pid_file", 0, 100.0, [], ""))
    ranges = "dockremap:100000:65536\n"
    started = {"/proc/stat": "btime 0\n", "/proc/7/stat": "7 (dockerd) S 1 " + "0 " * 17 + "10000 0"}
    host = ChangedHost({"/etc/subuid": ranges, "/etc/subgid": ranges, **maps(HIGH, HIGH), **started})
    host.changed = changed
    inspected = container(running)
    inspected["State"]["StartedAt"] = started_at
    section = userns.collect(context_of(host, inspected))
    assert ("host_ids" in section["subuid"]) is known
    assert known or "was changed after the daemon read it" in section["unread"]["subuid.host_ids"]


def test_a_link_to_ranges_that_was_turned_since_the_start_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    use_options(monkeypatch, userns_remap="default")
    monkeypatch.setattr(userns, "find_process", lambda _context: Process(7, "pid_file", 0, 100.0, [], ""))
    ranges = "dockremap:100000:65536\n"
    started = {"/proc/stat": "btime 0\n", "/proc/7/stat": "7 (dockerd) S 1 " + "0 " * 17 + "10000 0"}
    for turned, known in ((50.0, True), (150.0, False)):
        host = ChangedHost({"/etc/subuid": ranges, "/etc/subgid": ranges, **started})
        host.changed, host.turned = 20.0, turned
        section = userns.collect(context_of(host, container(False)))
        assert ("host_ids" in section["subuid"]) is known


def test_a_range_of_the_hosts_own_ids_is_one_whenever_it_was_written(monkeypatch: pytest.MonkeyPatch) -> None:
    use_options(monkeypatch, userns_remap="default")
    files = {"/etc/subuid": "dockremap:100000:65536\n", "/etc/subgid": "dockremap:100000:65536\ndockremap:0:10\n"}
    section = userns.collect(context_of(DictionaryHost(files), container(False)))
    assert section["subgid"]["host_ids"] == [{"line": 2, "start": 0, "end": 9, "what": "system accounts"}]


def test_a_remote_engine_leaves_files_and_maps_unread() -> None:
    section = userns.collect(context_of(DictionaryHost({}), container(), local=False))
    assert section["effective"]["enabled"] is False
    assert {"subuid", "subgid", "uid"} <= set(section["unread"])
    assert "is remote" in section["containers"][0]["unread"]["root_is_host_root"]
