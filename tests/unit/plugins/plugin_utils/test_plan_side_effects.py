# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the plan says beside a change: registries, containers that reach each other, those that an ended engine left."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._plan.side_effects import left_by_the_engine, side_effect
from ansible_collections.seawall.docker.tests.support.plans import Json
from ansible_collections.seawall.docker.tests.support.postures import posture_in

KEY = "insecure-registries"


def note(version: str | None, image: str, tags: t.Sequence[str] = (), old: t.Any = (), new: t.Any = ()) -> str:
    posture = posture_in()
    posture["daemon"]["versions"]["engine"] = version
    posture["containers"][0]["image"] = image
    posture["images"][0]["tags"] = list(tags)
    return side_effect(KEY, list(old), list(new) if isinstance(new, tuple) else new, posture) or ""


@pytest.mark.parametrize("version", ["29.10.0", "29.10.0-rc.1", "30.0.0", None])
@pytest.mark.parametrize(
    "image",
    [
        "localhost:5000/web:1",
        "127.0.0.1:5000/web",
        "127.8.0.1/web@sha256:" + "1" * 64,
        "[::1]:5000/web",
        "localhost/web",
    ],
)
def test_images_of_a_registry_on_loopback_are_named(version: str | None, image: str) -> None:
    assert image in note(version, image)
    assert image in note(version, "nginx", [image])


@pytest.mark.parametrize(
    "image", ["nginx", "localhost:1", "web/localhost:5000", "localhost.example.org:5000/web", "127.example.org/web"]
)
def test_other_images_are_not(image: str) -> None:
    assert note("29.10.0", image) == ""


@pytest.mark.parametrize("version", ["29.9.3", "28.5.2", "20.10.24+dfsg1"])
def test_engines_before_keep_loopback_insecure(version: str) -> None:
    assert note(version, "localhost:5000/web:1") == ""


def test_a_key_that_is_taken_out_leaves_loopback_alone() -> None:
    assert note("29.10.0", "localhost:5000/web:1", new=None) == ""


def test_registries_that_were_insecure_are_named_as_well() -> None:
    said = note("29.10.0", "localhost:5000/web:1", old=["reg.example.org:5000"])

    assert said.startswith("images of reg.example.org:5000 can then be pulled with a valid certificate only.")
    assert "localhost:5000/web:1" in said


@pytest.mark.parametrize("section", ["images", "containers"])
def test_images_that_are_not_known_may_be_of_loopback(section: str) -> None:
    posture = posture_in()
    posture["daemon"]["versions"]["engine"] = "29.10.1"
    del posture[section]

    assert "not all images are known" in str(side_effect(KEY, [], [], posture))


def left(ids: t.Sequence[str], live_restore: bool | None) -> Json:
    posture = posture_in()
    posture["daemon"]["process"]["left_containers"] = {"ids": list(ids), "live_restore": live_restore}
    return posture


@pytest.mark.parametrize(
    ("ids", "live_restore", "said"),
    [
        ([], True, None),
        (["a"], True, "1 container runs on without it, and its start takes it over, since live restore is on."),
        (["a", "b"], True, "2 containers run on without it, and its start takes them over, since live restore is on."),
        (["a"], False, "starts the others again, since live restore is off."),
        (["a"], None, "starts the others again, since live restore is not known to be on."),
    ],
)
def test_what_the_start_of_an_ended_engine_makes_of_containers(
    ids: list[str], live_restore: bool | None, said: str | None
) -> None:
    found = left_by_the_engine(left(ids, live_restore))
    assert found is None if said is None else found is not None and said in found
    # What cannot be seen is no promise.
    unseen = left(ids, live_restore)
    unseen.setdefault("unread", {})["daemon.process.left_containers"] = "no control groups"
    assert "is not known: no control groups. Its start may end them" in (left_by_the_engine(unseen) or "")


@pytest.mark.parametrize(
    ("key", "new", "said"),
    [
        ("no-new-privileges", True, "no-new-privileges=false"),
        ("no-new-privileges", False, None),
        ("default-ulimits", {"nofile": {}}, "applies to containers at their next start"),
        ("authorization-plugins", ["gate"], "Docker ends if one of these plugins does not answer: gate."),
        ("authorization-plugins", [], None),
        ("tlsverify", True, "refused without a certificate"),
        ("tlsverify", False, None),
        ("log-driver", "journald", "keep the log driver"),
        ("icc", False, None),
        ("debug", True, None),
    ],
)
def test_what_an_option_does_beside_its_purpose(key: str, new: t.Any, said: str | None) -> None:
    found = side_effect(key, None, new, posture_in())
    assert found is None if said is None else said in (found or "")


def test_containers_that_lose_each_other_are_named() -> None:
    posture = posture_in()
    first = posture["containers"][0]
    posture["containers"] = [{**first, "name": name, "networks": ["bridge"]} for name in ("web", "db")]
    posture["containers"].append({**first, "name": "far", "networks": ["shop"]})
    assert "--link: web, db." in (side_effect("icc", True, False, posture) or "")
    assert side_effect("icc", False, True, posture) is None


@pytest.mark.parametrize("facts", [{"ports": [{"host_port": 80}]}, {"ports": [], "publish_all_ports": True}])
def test_published_ports_are_lost_on_ipv6_loopback_alone(facts: Json) -> None:
    posture = posture_in()
    posture["containers"][0].update(ports=[], publish_all_ports=False)
    assert side_effect("userland-proxy", True, False, posture) is None
    posture["containers"][0].update(facts)
    assert "no longer on ::1" in (side_effect("userland-proxy", True, False, posture) or "")
    assert side_effect("userland-proxy", False, True, posture) is None
