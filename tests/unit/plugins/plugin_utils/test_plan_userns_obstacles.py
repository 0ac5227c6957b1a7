# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Obstacles to userns-remap to the letter: where each begins, whom it names, and what may be accepted."""

from __future__ import annotations

import copy
import re
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._plan import userns_obstacles
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Choices
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.userns_obstacles import (
    FORCIBLE,
    HINTS,
    Obstacle,
    preflight,
)

Json = dict[str, t.Any]
ON = Choices(userns="present")
MIB = 1024 * 1024

# Of a host that can be remapped and is not, all that obstacles are found in.
HOST: Json = {
    "daemon": {
        "versions": {"engine": "28.5.2"},
        "info": {"swarm": {"state": "inactive"}, "live_restore": False, "image_store": "graphdriver"},
        "process": {"manager": "systemd"},
        "options": {"userns-remap": {"value": "", "origin": {"kind": "default", "source": None}}},
    },
    "userns": {
        "effective": {"enabled": False},
        "accounts": [{"name": "root", "hindrance": "it is root"}],
        "subuid": {"path": "/etc/subuid"},
        "subgid": {"path": "/etc/subgid"},
        "max_user_namespaces": 100,
    },
    "host": {"data_root": {"path": "/var/lib/docker", "free_bytes": 10 * MIB, "parents": []}},
    "images": [],
    "containers": [],
}


def found(posture: Json, choices: Choices = ON) -> dict[str, Obstacle]:
    return {one.name: one for one in preflight(posture, choices)}


def host(**containers: Json) -> Json:
    posture = copy.deepcopy(HOST)
    posture["containers"] = [{"name": name, "mounts": [], **facts} for name, facts in containers.items()]
    return posture


def test_what_a_stopped_engine_cannot_say_is_no_obstacle_of_its_own() -> None:
    posture = copy.deepcopy(HOST)
    del posture["containers"], posture["images"], posture["daemon"]["versions"], posture["daemon"]["info"]
    posture["userns"]["effective"] = posture["daemon"]["options"] = {}
    assert {*found(posture)} == {"swarm", "engine-version", "remapping", "containers", "disk-space"}
    posture["engine"] = {"state": "stopped"}
    assert preflight(posture, ON) == []
    # What is seen without the engine stays.
    posture["userns"]["max_user_namespaces"] = 0
    assert {*found(posture)} == {"user-namespaces"}


def test_nothing_stands_against_it() -> None:
    assert preflight(HOST, ON) == []


def test_what_cannot_be_accepted_is_neither_forcible_nor_a_hint() -> None:
    one = Obstacle("swarm", "it is one", ["node"], "Leave it.")
    shown = {"name": "swarm", "reason": "it is one", "culprits": ["node"], "to_do": "Leave it.", "forcible": False}
    assert one.document({"swarm"}) == {**shown, "accepted": False}
    acceptable = one._replace(name="disk-space")
    assert acceptable.document({"disk-space"}) == {**shown, "name": "disk-space", "forcible": True, "accepted": True}
    assert acceptable.document({"swarm"})["accepted"] is False
    # A hint needs nobody to accept it, and the option refuses its name.
    assert one._replace(name="bind-mounts").document(set()) == {**shown, "name": "bind-mounts", "accepted": True}
    assert not set(FORCIBLE) & set(HINTS)


@pytest.mark.parametrize(
    ("version", "stops"),
    [("20.10.2", True), ("20.10.3", False), ("20.10.24+dfsg1", False), ("19.03.15", True), ("", True), ("dev", True)],
)
def test_the_oldest_engine_is_20_10_3(version: str, stops: bool) -> None:
    posture = host()
    posture["daemon"]["versions"]["engine"] = version
    assert ("engine-version" in found(posture)) is stops
    if stops:
        shown = version or "of a version that is not known"
        assert found(posture)["engine-version"].reason.startswith(f"the engine is {shown}, and")
    # Turning it off is left to any engine.
    assert "engine-version" not in found(posture, Choices(userns="absent"))


@pytest.mark.parametrize(
    ("version", "store", "features", "name"),
    [
        ("28.5.2", "containerd", None, "image-store"),
        ("29.0.0", "containerd", None, "image-store-changes"),
        ("30.1.0", "containerd", None, "image-store-changes"),
        ("29.0.0", "containerd", {"containerd-snapshotter": True}, "image-store"),
        ("29.0.0", "graphdriver", {"containerd-snapshotter": True}, "image-store"),
        ("28.5.2", "containerd", {"containerd-snapshotter": False}, "image-store-changes"),
        ("28.5.2", "containerd", {}, "image-store-changes"),
        ("dev", "containerd", None, "image-store-changes"),
        ("29.0.0", "graphdriver", {"containerd-snapshotter": False}, None),
        ("29.0.0", "graphdriver", None, None),
        ("29.0.0", None, None, None),
    ],
)
def test_the_image_store_of_containerd(
    version: str, store: str | None, features: Json | None, name: str | None
) -> None:
    posture = host()
    posture["daemon"]["versions"]["engine"] = version
    posture["daemon"]["info"]["image_store"] = store
    posture["daemon"]["options"]["features"] = {"value": features}
    stores = [one for one in preflight(posture, ON) if one.name.startswith("image-store")]
    assert [one.name for one in stores] == ([name] if name else [])
    assert all(not one.forcible and one.culprits == [] and one.to_do.endswith(".") for one in stores)


@pytest.mark.parametrize("kind", ["flag", "systemd_unit", "systemd_dropin", "socket_unit", "environment_file"])
def test_a_flag_is_named_with_what_sets_it(kind: str) -> None:
    posture = host()
    daemon = posture["daemon"]
    daemon["options"]["userns-remap"]["origin"] = {"kind": kind, "source": "/unit"}
    daemon["options"]["live-restore"] = {"value": True, "origin": {"kind": kind, "source": "/other"}}
    assert found(posture)["flag"].reason == "userns-remap is a flag of the daemon, set by /unit"
    daemon["options"]["userns-remap"]["origin"] = {"kind": "daemon.json", "source": "/file"}
    # Live restore is turned off for the change where it is on.
    assert "flag" not in found(posture)
    daemon["info"]["live_restore"] = True
    assert found(posture)["flag"].reason == "live-restore is a flag of the daemon, set by /other"


def test_a_flag_that_differs_from_what_runs_is_one_as_well() -> None:
    posture = host()
    differing = {"option": "userns-remap", "origin": {"kind": "flag", "source": "--userns-remap"}}
    posture["daemon"]["differences"] = [{"option": "icc", "origin": {"kind": "flag", "source": "--icc"}}]
    assert "flag" not in found(posture)
    posture["daemon"]["differences"].append(differing)
    assert found(posture)["flag"].reason == "userns-remap is a flag of the daemon, set by --userns-remap"


def test_an_account_that_is_used_is_said_and_one_that_nobody_saw_as_well() -> None:
    posture = host()
    posture["userns"]["accounts"].append({"name": "dockremap", "hindrance": None})
    one = found(posture)["existing-account"]
    assert (one.reason, one.culprits, one.forcible) == ("the user dockremap exists, and is used as it is", [], False)
    assert "existing-account" not in found(posture, Choices(userns="present", userns_user="other"))
    del posture["userns"]["accounts"]
    one = found(posture)["account-not-seen"]
    assert one.reason == "whether there is a user dockremap, and what it may do, is not known"
    assert (one.culprits, one.forcible) == ([], False)


def test_ranges_are_named_by_file_and_line() -> None:
    posture = host()
    posture["userns"]["subuid"]["malformed"] = [{"line": 4, "text": "x:y:1", "reason": "no number"}]
    posture["userns"]["subgid"] = {"overlaps": [{"line": 2, "owner": "alice"}, {"line": 3, "owner": "bob"}]}
    shown = found(posture)
    assert list(shown) == ["malformed-ranges", "overlapping-ranges"]
    assert shown["malformed-ranges"].culprits == ["/etc/subuid line 4: 'x:y:1' (no number)"]
    assert shown["overlapping-ranges"].culprits == ["/etc/subgid line 2 with alice", "/etc/subgid line 3 with bob"]
    assert not any(one.forcible for one in shown.values())
    del posture["userns"]["subuid"], posture["userns"]["subgid"]
    assert found(posture)["ranges-not-seen"].culprits == ["/etc/subuid", "/etc/subgid"]
    # What follows after a file that nobody read is read nevertheless.
    posture["userns"]["subgid"] = {"path": "/etc/subgid", "malformed": [{"line": 1, "text": "", "reason": "empty"}]}
    assert list(found(posture)) == ["ranges-not-seen", "malformed-ranges"]


@pytest.mark.parametrize(
    ("uids", "gids", "count", "stops"),
    [
        # Ids below 100,000 are given to nobody.
        ((0, 165535), (0, 165535), 65536, False),
        ((0, 165534), (0, 165535), 65536, True),
        ((0, 165535), (0, 165534), 65536, True),
        ((100001, 165535), (0, 165535), 65536, True),
        ((0, 165535), (100001, 165535), 65536, True),
        ((200000, 200009), (200000, 200009), 10, False),
        ((200000, 200009), (200000, 200009), 11, True),
    ],
)
def test_ids_of_a_host_with_a_mapping_of_its_own(
    uids: tuple[int, int], gids: tuple[int, int], count: int, stops: bool
) -> None:
    posture = host()
    both = {"uids": uids, "gids": gids}
    posture["userns"]["own_ids"] = {name: [{"start": a, "end": b}] for name, (a, b) in both.items()}
    shown = found(posture, Choices(userns="present", userns_count=count))
    assert ("ids-of-host" in shown) is stops
    if stops:
        one = shown["ids-of-host"]
        assert one.culprits == [f"uid {uids[0]} to {uids[1]}", f"gid {gids[0]} to {gids[1]}"]
        assert str(count) in one.reason and not one.forcible
    posture["userns"]["own_ids"] = {}
    assert found(posture)["ids-of-host"].culprits == []


@pytest.mark.parametrize("state", ["running", "paused", "restarting"])
def test_each_container_with_a_process_needs_a_user_namespace(state: str) -> None:
    posture = host(one={"state": state}, two={"state": state}, three={"state": "exited"})
    posture["containers"].append({"name": "four", "mounts": [], "state": state, "namespaces": {"user": "host"}})
    posture["userns"]["max_user_namespaces"] = 2
    assert "allows 2 user namespaces" in found(posture)["user-namespaces"].reason
    assert found(posture)["user-namespaces"].reason.endswith("and 3 are needed")
    posture["userns"]["max_user_namespaces"] = 3
    assert found(posture) == {}


@pytest.mark.parametrize(
    ("mode", "closed"),
    [("0700", True), ("0710", True), ("0711", False), ("0755", False), ("0701", False), ("0766", True), ("?", True)],
)
def test_others_must_be_able_to_enter_each_directory_above_the_data_root(mode: str, closed: bool) -> None:
    posture = host()
    posture["host"]["data_root"]["parents"] = [{"path": "/", "mode": "0755"}, {"path": "/data", "mode": mode}]
    shown = found(posture).get("closed-directories")
    assert (shown.culprits if shown else []) == (["/data"] if closed else [])
    assert shown is None or not shown.forcible
    del posture["host"]["data_root"]["parents"]
    one = found(posture)["directories-not-seen"]
    assert (one.culprits, one.forcible) == ([], False)


def test_wishes_that_remapped_containers_do_not_get_are_named_together() -> None:
    wishing = {
        "privileged": True,
        "namespaces": {"network": "host", "pid": "host", "ipc": "host", "uts": "host"},
        "devices": [{"host": "/dev/a", "container": "/dev/a"}, {"host": "/dev/a", "container": "/dev/b"}],
        "user": "65536",
    }
    one = found(host(web=wishing, modest={"user": "65535", "namespaces": {"network": "bridge", "ipc": "private"}}))
    assert list(one) == ["containers-refused"]
    (said,) = one["containers-refused"].culprits
    assert said.removeprefix("web (").removesuffix(")").split(", --") == [
        "--privileged",
        *("network=host", "pid=host", "ipc=host"),
        "device=/dev/a:/dev/b, which is renamed",
        "user=65536, beyond the 65536 ids",
    ]
    outside = Choices(userns="present", userns_outside=frozenset({"web"}))
    assert found(host(web=wishing), outside) == {}
    # A name in front of a number is no number.
    assert found(host(web={"user": "app70000"})) == {}
    few = Choices(userns="present", userns_count=1000)
    assert found(host(web={"user": "1000:1000"}), few)["containers-refused"].culprits == [
        "web (--user=1000, beyond the 1000 ids)"
    ]


def bind(source: str, **more: t.Any) -> Json:
    return {"type": "bind", "source": source, "real_source": source, **more}


def test_mounts_of_the_host_are_named_by_what_they_show() -> None:
    mounts = [
        bind("/run/docker.sock"),
        bind("/srv/written"),
        bind("/srv/read", read_only=True),
        {"type": "volume", "name": "v", "driver": "nfs", "source": "/n"},
        {"type": "volume", "name": "w", "driver": "nfs", "source": "/n"},
        {"type": "volume", "name": "l", "driver": "local", "source": "/l"},
        {"type": "volume", "name": "e", "driver": "", "source": "/e"},
        {"type": "tmpfs", "driver": "none", "source": ""},
    ]
    shown = found(host(web={"mounts": mounts}, unread={"mounts": None}, after={"mounts": [bind("/srv/after")]}))
    assert {name: (one.culprits, one.forcible) for name, one in shown.items()} == {
        "socket-mounts": (["web", "unread (its mounts could not be followed)"], True),
        "bind-mounts": (["web (/srv/written)", "after (/srv/after)"], False),
        "volume-drivers": (["web (nfs)"], True),
    }


def test_who_opted_out_hides_nobody_after_him() -> None:
    posture = host(first={"namespaces": {"user": "host"}, "privileged": True}, second={"privileged": True})
    assert found(posture)["containers-refused"].culprits == ["second (--privileged)"]


@pytest.mark.parametrize(
    ("sizes", "free", "reason"),
    [
        ([5 * MIB, 5 * MIB], 10 * MIB, None),
        ([5 * MIB, 6 * MIB], 10 * MIB, "images of 11 MiB are needed a second time, and 10 MiB are free"),
        ([None, MIB + 1], MIB, "images of 1 MiB are needed a second time, and 1 MiB are free"),
        ([], 0, None),
        ([MIB], None, "how much room is left for images, which are needed a second time, is not known"),
    ],
)
def test_images_are_needed_a_second_time(sizes: list[int | None], free: int | None, reason: str | None) -> None:
    posture = host()
    posture["images"] = [{"size_bytes": size} if size is not None else {} for size in sizes]
    posture["host"]["data_root"]["free_bytes"] = free
    shown = found(posture).get("disk-space")
    assert (shown.reason if shown else None) == reason
    assert shown is None or (shown.culprits, shown.forcible) == ([], True)


def test_what_no_force_gets_past_is_said_with_what_to_do() -> None:
    posture = host()
    daemon = posture["daemon"]
    daemon["info"].update(swarm={"state": "pending"}, security_options={"rootless": True})
    daemon.update(process={"manager": "snap"}, config_file={"path": "/d.json", "state": "unreadable", "error": "no"})
    daemon["options"]["userns-remap"]["value"] = "ops"
    posture["userns"]["effective"]["enabled"] = True
    posture["userns"]["accounts"].append({"name": "dockremap", "hindrance": "it is a person's"})
    shown = preflight(posture, ON)
    assert [(one.name, one.reason) for one in shown] == [
        ("rootless", "the engine is rootless: its containers are in a user namespace already"),
        ("swarm", "the host is part of a swarm (pending), and would lose it"),
        ("service-manager", "the engine is run by snap, and only systemd, sysvinit and openrc can restart it here"),
        ("daemon-json", "/d.json is unreadable: no"),
        ("other-user", "the engine remaps already, to ops, and would hide what it has once more"),
        ("account", "the user dockremap exists, and it is a person's"),
    ]
    assert not any(one.forcible or one.culprits for one in shown)
    assert all(one.to_do[0].isupper() and one.to_do.endswith(".") for one in shown)
    daemon["config_file"]["state"] = "invalid"
    assert found(posture)["daemon-json"].reason == "/d.json is invalid: no"
    daemon["config_file"]["state"] = "ok"
    assert "daemon-json" not in found(posture)
    # The user that is wanted is the one that there is.
    assert "other-user" not in found(posture, Choices(userns="present", userns_user="ops"))


def test_the_page_about_plans_names_every_obstacle_and_whether_it_can_be_accepted() -> None:
    source = Path(userns_obstacles.__file__).read_text(encoding="utf-8")
    names = set(re.findall(r'(?:Obstacle|_never)\(\s*"([a-z-]+)"', source))
    page = (Path(__file__).parents[4] / "docs" / "plan.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`[a-z-]+`(?:, `[a-z-]+`)*) \| (yes|no|no, a hint) \|", page, flags=re.MULTILINE)
    said = {name: word for listed, word in rows for name in re.findall(r"[a-z-]+", listed)}
    words = {name: "yes" if name in FORCIBLE else "no, a hint" if name in HINTS else "no" for name in names}
    assert said == words and {*FORCIBLE, *HINTS} <= names


@pytest.mark.parametrize(
    "posture", [{}, host(web={"privileged": True, "mounts": None}), {"containers": [], "images": []}]
)
def test_every_obstacle_says_why_and_what_to_do(posture: Json) -> None:
    for one in preflight(posture, ON):
        assert one.reason[0].islower() and not one.reason.endswith("."), one
        assert one.to_do[0].isupper() and one.to_do.endswith("."), one
        assert isinstance(one.culprits, list), one


def test_a_host_of_which_nothing_was_seen_stops_at_everything() -> None:
    shown = found({})
    assert list(shown) == [
        *("swarm", "service-manager", "engine-version", "remapping", "account-not-seen", "ranges-not-seen"),
        *("user-namespaces-not-seen", "directories-not-seen", "containers", "disk-space"),
    ]
    assert shown["disk-space"].reason.startswith("how large the images are")
    assert shown["disk-space"].forcible and not shown["containers"].forcible
    assert list(found({}, Choices(userns="absent"))) == ["swarm", "service-manager"]
