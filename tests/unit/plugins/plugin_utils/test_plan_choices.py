# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Choices that make sense on no host, and the values that options get by the remedy, the site and the host."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._plan import option_values
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.choices import check_choices
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Choices, PlanError

Json = dict[str, t.Any]


def ulimit(soft: t.Any, hard: t.Any, name: str = "nofile") -> Json:
    return {"default-ulimits": {"nofile": {"Name": name, "Soft": soft, "Hard": hard}}}


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"icc": False},
        ulimit(1024, 1024),
        ulimit(0, 0),
        ulimit(0, 1),
        # Unlimited, and unlimited for root alone.
        ulimit(-1, -1),
        ulimit(1024, -1),
    ],
)
def test_choices_that_some_host_can_have(options: Json) -> None:
    check_choices(Choices(options=options, userns="present", userns_count=65536, userns_user="a" * 32))
    check_choices(Choices(options=options, userns="present", userns_count=2**31, userns_user="_svc.x-1"))
    # Whom nobody remaps to may have any name.
    check_choices(Choices(options=options, userns="absent", userns_user="root", userns_count=1))


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        (Choices(options={"iccc": 1}), "has iccc, which is no option"),
        (Choices(options={"userns-remap": "x"}), "cannot hold userns-remap"),
        (Choices(options={"default-ulimits": ["nofile"]}), "options.default-ulimits must be a mapping of names"),
        (Choices(options={"default-ulimits": {"nofile": 5}}), "default-ulimits.nofile must have the form"),
        (Choices(options=ulimit(1, 2, "nproc")), "must have the form {Name: nofile, "),
        (Choices(options=ulimit("1", 2)), "must have the form"),
        (Choices(options=ulimit(1, None)), "must have the form"),
        (Choices(options=ulimit(True, 2)), "must have the form"),
        (Choices(options=ulimit(2, 1)), "has a soft limit above its hard one"),
        (Choices(options=ulimit(-1, 1)), "has a soft limit above its hard one"),
        (Choices(options=ulimit(-5, -1)), "has a limit below -1"),
        (Choices(options=ulimit(-1, -2)), "has a limit below -1"),
        (Choices(userns_force=frozenset({"swarm", "disk-space"})), "cannot accept swarm: only containers-refused, "),
        (Choices(userns="present", userns_user="a" * 33), "must be the name of a user"),
        (Choices(userns="present", userns_user="1a"), "must be the name of a user"),
        (Choices(userns="present", userns_user="a:b"), "must be the name of a user"),
        (Choices(userns="present", userns_user=""), "must be the name of a user"),
        (Choices(userns="present", userns_user="root"), "cannot be root, with which nothing is remapped"),
        (Choices(userns="present", userns_user="default"), "cannot be default, with which the engine chooses"),
        (
            Choices(userns="present", userns_count=65535),
            "must be 65536 to 2147483648 (images use ids up to 65534), and is 65535",
        ),
        (Choices(userns="present", userns_count=2**31 + 1), "and is 2147483649"),
    ],
)
def test_choices_that_no_host_can_have(choices: Choices, words: str) -> None:
    with pytest.raises(PlanError) as refused:
        check_choices(choices)
    assert words in str(refused.value)


NOFILE = {"Name": "nofile", "Soft": 1024, "Hard": 4096}


@pytest.mark.parametrize(
    ("remedy", "current", "chosen", "policy", "wanted"),
    [
        ({"icc": False}, None, {}, {}, {"icc": False}),
        ({"icc": False}, None, {"icc": True, "mtu": 5}, {}, {"icc": True}),
        # Those of the rule are an example.
        ({"log-opts": {"a": "b"}}, {"c": "d"}, {}, {}, {"log-opts": {}}),
        ({"log-opts": {"a": "b"}}, None, {"log-opts": {"e": "f"}}, {}, {"log-opts": {"e": "f"}}),
        ({"tlscacert": "/example"}, "/own", {}, {}, {"tlscacert": "/own"}),
        ({"tlskey": "/example"}, "", {}, {}, {"tlskey": "/example"}),
        ({"tlsverify": True}, "/own", {}, {}, {"tlsverify": True}),
        ({"storage-opts": []}, ["dm.basesize=20G", "dm.fs=xfs"], {}, {}, {"storage-opts": ["dm.fs=xfs"]}),
        ({"storage-opts": []}, None, {}, {}, {"storage-opts": []}),
        ({"cgroup-parent": ""}, "/x", {}, {}, {"cgroup-parent": None}),
        ({"seccomp-profile": "/p"}, "/x", {}, {}, {"seccomp-profile": None}),
        ({"seccomp-profile": "/p"}, "/x", {}, {"custom_seccomp_profile_required": True}, {"seccomp-profile": "/p"}),
        ({"default-ulimits": {"nofile": NOFILE}}, None, {}, {}, {"default-ulimits": {"nofile": NOFILE}}),
        (
            {"default-ulimits": {"nofile": NOFILE}},
            {"nproc": {"Name": "nproc", "Soft": 1, "Hard": 1}},
            {},
            {},
            {"default-ulimits": {"nproc": {"Name": "nproc", "Soft": 1, "Hard": 1}, "nofile": NOFILE}},
        ),
        (
            {"default-ulimits": {"nofile": NOFILE}},
            {"nofile": {"Name": "nofile", "Soft": 1, "Hard": 1}},
            {},
            {},
            {"default-ulimits": {"nofile": {"Name": "nofile", "Soft": 1, "Hard": 1}}},
        ),
    ],
)
def test_the_value_that_an_option_gets(remedy: Json, current: t.Any, chosen: Json, policy: Json, wanted: Json) -> None:
    finding = {"remedy": {"daemon_options": remedy}}
    options = {key: {"value": current} for key in remedy}
    assert option_values.wanted_values(finding, options, policy, Choices(options=chosen), {}) == wanted
    assert option_values.wanted_values({"remedy": {}}, options, policy, Choices(options=chosen), {}) == {}


@pytest.mark.parametrize(
    ("most", "soft", "hard"),
    [(None, 1024, 4096), (5000, 1024, 4096), (4096, 1024, 4096), (4095, 1024, 4095), (1000, 1000, 1000)],
)
def test_no_container_gets_more_than_the_daemon_has(most: int | None, soft: int, hard: int) -> None:
    finding = {"remedy": {"daemon_options": {"default-ulimits": {"nofile": NOFILE}}}}
    daemon = {"process": {"limits": {"nofile": {"soft": 1, "hard": most}, "nproc": {"hard": 7}}}}
    limits = option_values.hard_limits(daemon)
    assert limits == ({"nproc": 7} if most is None else {"nproc": 7, "nofile": most})
    wanted = option_values.wanted_values(finding, {}, {}, Choices(), limits)
    assert wanted == {"default-ulimits": {"nofile": {"Name": "nofile", "Soft": soft, "Hard": hard}}}
    assert option_values.hard_limits({}) == {}


def test_what_is_written_by_hand() -> None:
    lines = option_values.by_hand({"icc": False, "cgroup-parent": None, "log-opts": {}, "dns": ["::1"]})
    assert lines == ['"icc": false', 'take "cgroup-parent" out of daemon.json', '"dns": ["::1"]']
    assert [option_values.same(one, other) for one, other in ((1, True), (0, False), ([1], [1]))] == [
        False,
        False,
        True,
    ]
    assert option_values.same({"a": 1, "b": 2}, {"b": 2, "a": 1})
    assert option_values.default_of("no-such-option", (28, 0)) is None
