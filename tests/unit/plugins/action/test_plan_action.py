# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugin plan: what it asks of a host and when, and what it writes."""

from __future__ import annotations

import base64
import json
import typing as t
from pathlib import Path
from types import SimpleNamespace

import pytest

from ansible_collections.seawall.docker.plugins.action.plan import ARGUMENTS, ActionModule
from ansible_collections.seawall.docker.plugins.module_utils._host.secrets import MASK
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import PlanError
from ansible_collections.seawall.docker.tests.support.plans import Json
from ansible_collections.seawall.docker.tests.support.postures import posture_in

LIMITS = "Limit  Soft Limit  Hard Limit  Units\nMax processes  1  2  processes\nMax open files  1024  4096  files\n"


class Host:
    """Answers of a host's modules, and the names of those that were asked, with whether in check mode."""

    def __init__(self, posture: Json) -> None:
        self.posture = posture
        self.asked: list[str] = []
        self.module = ActionModule.__new__(ActionModule)
        self.module._task = SimpleNamespace(check_mode=False)
        self.module._execute_module = self.answer

    def answer(self, module_name: str, module_args: Json, task_vars: Json) -> Json:
        name = module_name.rpartition(".")[2]
        self.asked.append(f"{name} in check mode" if self.module._task.check_mode else name)
        if name == "posture_info":
            return {"posture": self.posture}
        if name == "slurp":
            assert module_args == {"src": "/proc/812/limits"}
            return {"content": base64.b64encode(LIMITS.encode()).decode()}
        if name == "stat":
            return {"stat": {"exists": True, "mode": "0755"}}
        if name == "find":
            assert module_args["paths"] == ["/var/lib/docker"]
            return {"files": [{"path": "/var/lib/docker/containers"}]}
        if name == "engine_restart":
            one = self.posture["containers"][0]
            return {"forecast": [{"id": one["id"], "outcome": "stopped", "reason": "its retries are used up"}]}
        raise AssertionError(name)

    def planned(self, **options: t.Any) -> Json:
        defaults = {name: spec.get("default") for name, spec in ARGUMENTS.items()}
        return self.module._planned({**defaults, **options}, {"inventory_hostname": "web1"})


def host(**options: t.Any) -> Host:
    """The good host with these options otherwise, of which live restore is off."""
    posture = posture_in()
    posture["containers"][0]["restart_policy"] = {"name": "always"}
    posture["daemon"]["info"]["live_restore"] = posture["daemon"]["options"]["live-restore"]["value"] = False
    for key, value in options.items():
        posture["daemon"]["options"][key.replace("_", "-")]["value"] = value
    return Host(posture)


def test_a_plan_is_one_question_where_one_is_enough() -> None:
    one = host(userland_proxy=True)
    assert len(one.planned()["plan"]["steps"]) == 2
    assert one.asked == ["posture_info"]


def test_the_daemon_s_limits_are_asked_for_the_option_that_needs_them() -> None:
    one = host(default_ulimits={})
    steps = one.planned()["plan"]["steps"]
    assert one.asked == ["posture_info", "slurp"]
    limits = [step["options"]["default-ulimits"] for step in steps if "default-ulimits" in step["options"]]
    assert limits == [{"nofile": {"Name": "nofile", "Soft": 1024, "Hard": 4096}}]


def test_what_only_the_host_knows_of_restarts_is_asked_in_check_mode() -> None:
    one = host(userland_proxy=True)
    one.posture["containers"][0]["restart_policy"] = {"name": "on-failure", "maximum_retries": 5}
    step = one.planned(keep_containers=False)["plan"]["steps"][0]
    assert one.asked == ["posture_info", "engine_restart in check mode"]
    assert [(entry["outcome"], entry["reason"]) for entry in step["containers"]] == [
        ("stopped", "its retries are used up")
    ]
    assert one.module._task.check_mode is False


def test_userns_remap_is_the_most_that_is_asked() -> None:
    one = host()
    one.posture["userns"]["effective"].update(enabled=False, root_uid=0)
    one.posture["daemon"]["options"]["userns-remap"]["value"] = ""
    result = one.planned(userns_remap="present")
    assert sorted(one.asked) == ["find", "posture_info", "stat", "stat", "stat"]
    assert "directories-not-seen" not in {entry["name"] for entry in result["plan"]["preflight"]}
    assert result["forecast"]["5.5"] == "not_applicable"  # nothing of an earlier mapping lies there


def test_a_recorded_posture_asks_nothing() -> None:
    one = host(default_ulimits={})
    result = one.planned(posture=one.posture, userns_remap="absent")
    assert one.asked == [] and result["plan"]["host"] == "web1"
    assert result["forecast"]["5.5"] == "unknown"


def test_a_posture_of_somebody_s_own_ends_in_one_sentence() -> None:
    one = host()
    assert one.planned(posture={"posture_version": 1})["plan"]["blockers"]
    broken = posture_in(base="bad")
    broken["containers"][0].pop("image")
    with pytest.raises(PlanError, match="not what an audit writes"):
        one.planned(posture=broken)


@pytest.mark.parametrize("secret", ["hunter22", "s3cr3t-\u00fc"])
def test_credentials_are_not_written(secret: str, tmp_path: Path) -> None:
    one = host(log_driver="json-file", log_opts={})
    one.posture["daemon"]["info"]["logging_driver"] = "json-file"
    options = {"log-driver": "splunk", "log-opts": {"splunk-token": secret, "splunk-url": "https://logs"}}
    result = one.planned(daemon_options=options, report_directory=str(tmp_path))
    steps = result["plan"]["steps"]
    assert any(step["options"].get("log-opts", {}).get("splunk-token") == MASK for step in steps)
    assert secret not in json.dumps(result, ensure_ascii=False)
    written = Path(result["plan_file"]).read_text(encoding="utf-8")
    assert Path(result["plan_file"]) == tmp_path / "plans" / "web1.json"
    assert json.dumps(secret)[1:-1] not in written and "https://logs" in written
    assert [step["kind"] for step in json.loads(written)["steps"]] == [step["kind"] for step in steps]
    assert secret not in "\n".join(result["lines"])
