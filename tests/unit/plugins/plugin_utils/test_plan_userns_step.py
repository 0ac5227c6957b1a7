# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""userns-remap as it is configured: whom it means, whether an engine starts with it, and the step that changes it."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._plan import userns
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Choices

Json = dict[str, t.Any]


def host() -> Json:
    """A host whose engine remaps nobody, with a container."""
    return {
        "daemon": {"info": {"live_restore": False}, "options": {"userns-remap": {"value": ""}}},
        "userns": {"effective": {"enabled": False, "data_root": "/var/lib/docker"}},
        "host": {"data_root": {"path": "/var/lib/docker"}},
        "containers": [{"name": "web", "mounts": [], "state": "running"}],
    }


@pytest.mark.parametrize(
    ("value", "user", "means"),
    [
        ("default", None, "dockremap"),
        ("default:default", None, "dockremap"),
        ("ops:staff", None, "ops"),
        ("ops", "kept", "kept"),
        ("", None, ""),
    ],
)
def test_the_account_that_a_value_means(value: str, user: str | None, means: str) -> None:
    posture = host()
    posture["daemon"]["options"]["userns-remap"]["value"] = value
    posture["userns"]["user"] = user
    assert userns.remapped_user(posture) == means


@pytest.mark.parametrize(
    ("value", "facts", "fault"),
    [
        ("", {"fault": "no user", "max_user_namespaces": 0}, None),
        ("ops", {}, None),
        ("ops", {"fault": "no user"}, "no user"),
        # The engine makes the user of "default" itself, if it is seen that there is none.
        ("default", {"fault": "no user", "uid": None}, None),
        ("default:default", {"fault": "no user", "uid": None}, None),
        ("default", {"fault": "no user", "uid": 112}, "no user"),
        ("default", {"fault": "no user"}, "no user"),
        ("ops", {"fault": "no user", "uid": None}, "no user"),
        ("ops", {"max_user_namespaces": 0}, "the kernel allows no user namespaces (user.max_user_namespaces is 0)"),
        ("ops", {"max_user_namespaces": 1}, None),
        ("ops", {"subuid": {"fault": "line 1"}, "subgid": {"fault": "line 2"}}, "/etc/subuid: line 1"),
        ("ops", {"subgid": {"fault": "line 2"}}, "/etc/subgid: line 2"),
        ("ops", {"subgid": {"fault": "/etc/subgid is gone"}}, "/etc/subgid is gone"),
    ],
)
def test_why_an_engine_would_not_start_with_its_own_value(value: str, facts: Json, fault: str | None) -> None:
    posture = host()
    posture["daemon"]["options"]["userns-remap"]["value"] = value
    posture["userns"] = facts
    assert userns.start_fault(posture) == (None if fault is None else f"userns-remap {value}: {fault}")


def test_the_step_that_turns_it_on_and_the_one_that_turns_it_off() -> None:
    posture = host()
    finding = {"rule": "daemon-userns-remap", "number": "2.10", "title": "t"}
    on = userns.step_of(posture, Choices(userns="present", userns_count=10), "/d.json", finding)
    hidden = {"containers": ["web"], "images": [], "volumes": [], "networks": []}
    assert on == {
        "kind": "userns_remap",
        "file": "/d.json",
        "rules": [{"rule": "daemon-userns-remap", "number": "2.10"}],
        "changes": [{"name": "userns-remap", "old": None, "new": "dockremap"}],
        "impact": "disruptive",
        "containers": [],
        "notes": [],
        "state": "present",
        "user": "dockremap",
        "count": 10,
        "data_root": "/var/lib/docker",
        "live_restore": False,
        "options": {"userns-remap": "dockremap"},
        "remove": [],
        "expect": {"userns": True},
        "invisible": hidden,
        "was": "/var/lib/docker",
    }
    posture["daemon"]["options"]["userns-remap"]["value"] = "ops:staff"
    posture["userns"]["effective"]["enabled"] = True
    posture["daemon"]["config_file"] = {"prepared": ["live-restore"]}
    off = userns.step_of(posture, Choices(userns="absent"), "/d.json", finding)
    assert off is not None and len(off.pop("notes")) == 1
    assert off == {
        **{key: value for key, value in on.items() if key != "notes"},
        "rules": [],
        "changes": [{"name": "userns-remap", "old": "ops:staff", "new": None}],
        "state": "absent",
        "user": "ops",
        "count": 65536,
        "live_restore": True,
        "options": {},
        "remove": ["userns-remap"],
        "expect": {"userns": False},
    }
    posture["daemon"]["config_file"] = {"prepared": ["icc"]}
    posture["daemon"]["info"]["live_restore"] = True
    again = userns.step_of(posture, Choices(userns="absent"), "/d.json", None)
    assert again is not None and again["live_restore"] is True


@pytest.mark.parametrize(
    ("wanted", "value", "enabled", "needed"),
    [
        ("present", "dockremap", True, False),
        ("present", "ops", True, True),
        ("present", "dockremap", False, True),
        ("absent", "", False, False),
        ("absent", "dockremap", False, True),
        ("absent", "", True, True),
    ],
)
def test_a_step_is_made_where_value_and_engine_are_not_both_as_wanted(
    wanted: str, value: str, enabled: bool, needed: bool
) -> None:
    posture = host()
    posture["daemon"]["options"]["userns-remap"]["value"] = value
    posture["userns"]["effective"]["enabled"] = enabled
    assert (userns.step_of(posture, Choices(userns=wanted), "/d.json", None) is not None) is needed
