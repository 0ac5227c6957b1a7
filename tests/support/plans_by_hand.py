# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings and hosts that are made by hand, and their plans, for tests: no rule is judged for them."""

from __future__ import annotations

import copy
import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Choices
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.planning import plan

Json = dict[str, t.Any]
HOST = {"type": "host", "name": "web1", "id": None, "verdict": "fail", "reason": None, "found": {}}
WEB = {"type": "container", "name": "web", "id": "f00", "verdict": "fail", "reason": None, "found": {}}
DAEMON = "daemon_options"
HIDES = "it hides all images, containers and volumes, so it is not done automatically: run seawall.docker.userns_remap"


def finding(rule: str, remedy: Json | None, status: str = "fail", subjects: t.Sequence[Json] = (HOST,)) -> Json:
    return {
        "rule": rule,
        "number": f"number of {rule}",
        "title": f"title of {rule}",
        "status": status,
        "reason": f"reason of {rule}",
        "remedy": remedy,
        "subjects": [dict(one) for one in subjects],
    }


def option(rule: str = "one", status: str = "fail", **options: t.Any) -> Json:
    return finding(
        rule, {"summary": "Set it.", DAEMON: {key.replace("_", "-"): new for key, new in options.items()}}, status
    )


REMAP = {"summary": "Remap.", "impact": "disruptive", "userns_remap": True}


def host(**options: t.Any) -> Json:
    values = {"live_restore": False, "iptables": True, **options}
    return {
        "posture_version": 1,
        "engine": {
            "state": "running",
            "local": True,
            "address": "unix:///run/docker.sock",
            "owner": {"uid": 0, "name": "root", "relation": "root"},
        },
        "auditor": {"effective_uid": 0},
        "daemon": {
            "versions": {"engine": "28.0.1"},
            "info": {
                "live_restore": values["live_restore"],
                "swarm": {"state": "inactive"},
                "security_options": {"rootless": False, "userns": False},
            },
            "process": {"manager": "systemd", "unit": "docker.service", "identity": "1/2", "stop_kills_shims": False},
            "config_file": {"path": "/d.json", "state": "ok", "newer_than_daemon": False, "keys": []},
            "options": {
                key.replace("_", "-"): {"value": value, "origin": {"kind": "default", "source": None}}
                for key, value in values.items()
            },
        },
        "containers": [],
        "unread": {},
    }


def container(name: str, state: str = "running", policy: t.Any = "no", **more: t.Any) -> Json:
    return {"id": f"id of {name}", "name": name, "state": state, "restart_policy": {"name": policy}, **more}


def made(posture: Json, *findings: Json, policy: Json | None = None, **choices: t.Any) -> Json:
    document = {"findings": list(findings), "host": "web1", "benchmark": {"id": "b"}, "engine": {"version": "28.0.1"}}
    before = copy.deepcopy((document, posture))
    found = plan(document, posture, Choices(**choices), policy or {})
    assert (document, posture) == before
    return found


def left_out(document: Json) -> list[tuple[str, str, str]]:
    return [(one["rule"], one["kind"], one["reason"]) for one in document["left_out"]]
