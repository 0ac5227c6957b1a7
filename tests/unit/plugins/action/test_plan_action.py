# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugin plan: it asks a host once, and what it writes."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path
from types import SimpleNamespace

import pytest

from ansible_collections.seawall.docker.plugins.action.plan import ARGUMENTS, ActionModule
from ansible_collections.seawall.docker.plugins.module_utils._host.secrets import MASK
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import PlanError
from ansible_collections.seawall.docker.tests.support.plans import HOSTS, Json, recorded
from ansible_collections.seawall.docker.tests.support.postures import posture_in


class Host:
    """A host whose modules answer with a posture, and the names of those that were asked."""

    def __init__(self, posture: Json) -> None:
        self.posture = posture
        self.asked: list[str] = []
        self.module = ActionModule.__new__(ActionModule)
        self.module._task = SimpleNamespace(get_path=lambda: "/srv/site.yml:1", check_mode=False)
        self.module._execute_module = self.answer

    def answer(self, module_name: str, module_args: Json, task_vars: Json) -> Json:
        name = module_name.rpartition(".")[2]
        self.asked.append(name)
        if name == "posture_info":
            assert module_args["posture_as_text"] is True
            return {"posture_text": json.dumps(self.posture)}
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


@pytest.mark.parametrize(
    ("options", "choices"),
    [
        ({"userland_proxy": True}, {}),
        ({"userland_proxy": True}, {"keep_containers": False}),
        ({"default_ulimits": {}}, {}),
        ({}, {"userns_remap": "absent"}),
    ],
    ids=["restart", "without live restore", "limits", "user namespaces"],
)
def test_a_plan_is_one_question(options: Json, choices: Json) -> None:
    one = host(**options)
    assert one.planned(**choices)["plan"]["steps"]
    assert one.asked == ["posture_info"]


@pytest.mark.parametrize("name", HOSTS)
@pytest.mark.parametrize("userns", ["present", "absent", None])
def test_the_plan_from_a_file_is_byte_for_byte_the_plan_from_the_host(
    name: str, userns: str | None, tmp_path: Path
) -> None:
    one = Host(recorded(name))
    file = tmp_path / "posture.json"
    file.write_text(json.dumps(one.posture), encoding="utf-8")
    options = {"userns_remap": userns, "max_impact": "disruptive", "keep_containers": userns is not None}
    asked = one.planned(report_directory=str(tmp_path / "asked"), **options)
    assert one.asked == ["posture_info"]
    read = one.planned(posture_file=str(file), report_directory=str(tmp_path / "read"), **options)
    given = one.planned(posture=one.posture, report_directory=str(tmp_path / "given"), **options)
    assert one.asked == ["posture_info"]
    assert any(one["containers"] for one in asked["plan"]["steps"])
    plans = [Path(result["plan_file"]).read_bytes() for result in (asked, read, given)]
    assert plans[0] == plans[1] == plans[2]
    for result in (read, given):
        assert all(result[key] == asked[key] for key in ("plan", "standing", "forecast"))
        assert result["lines"][:-1] == asked["lines"][:-1]
    for result, directory in ((asked, "asked"), (read, "read"), (given, "given")):
        plan = tmp_path / directory / "plans" / Path(result["plan_file"]).name
        assert result["lines"][-1] == f"The complete plan: {plan}"


def test_what_a_recorded_posture_knows_of_an_earlier_mapping_decides_the_forecast() -> None:
    one = host()
    one.posture["host"]["data_root"]["entries"] = ["100000.100000", "containers"]
    assert one.planned(posture=one.posture, userns_remap="absent")["forecast"]["5.5"] == "unknown"
    one.posture["host"]["data_root"]["entries"].remove("containers")
    assert one.planned(posture=one.posture, userns_remap="absent")["forecast"]["5.5"] == "not_applicable"


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
    for written_by in (steps, [step["check_mode"] for step in steps if "check_mode" in step]):
        assert any(one.get("options", {}).get("log-opts", {}).get("splunk-token") == MASK for one in written_by)
    assert secret not in json.dumps(result, ensure_ascii=False)
    written = Path(result["plan_file"]).read_text(encoding="utf-8")
    assert Path(result["plan_file"]) == tmp_path / "plans" / "web1.json"
    assert json.dumps(secret)[1:-1] not in written and "https://logs" in written
    assert [step["kind"] for step in json.loads(written)["steps"]] == [step["kind"] for step in steps]
    assert secret not in "\n".join(result["lines"])
