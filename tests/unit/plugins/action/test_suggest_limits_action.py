# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugin suggest_limits: what it reads beside the host, what it refuses, and what it writes."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from ansible_collections.seawall.docker.plugins.action.suggest_limits import ARGUMENTS, ActionModule
from ansible_collections.seawall.docker.plugins.plugin_utils._action import HostFault, Refused
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.right_sizing import MIB

Json = dict[str, t.Any]


def section(name: str = "web", memory: int = 61 * MIB) -> Json:
    return {"containers": [{"name": name, "running": True, "use": {"memory_peak_bytes": memory, "pids_peak": 6}}]}


def suggested(gathered: Json, **options: t.Any) -> Json:
    module = ActionModule.__new__(ActionModule)
    module._task = SimpleNamespace(get_path=lambda: "/srv/site.yml:1", check_mode=False)
    module._execute_module = lambda **_arguments: gathered
    defaults = {name: spec.get("default") for name, spec in ARGUMENTS.items()}
    module.options = lambda _specification: {**defaults, **options}
    module.refuse_unknown_variables = lambda _variables: None
    return module.answer({"inventory_hostname": "web1"})


def test_kept_postures_of_this_host_count_and_folders_without_one_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "monday" / "postures").mkdir(parents=True)
    for name, memory in (("web1", 128 * MIB), ("web2", 900 * MIB)):
        kept = json.dumps({"cgroup": section("web", memory)})
        (tmp_path / "monday" / "postures" / f"{name}.json").write_text(kept, encoding="utf-8")
    answer = suggested(
        {"cgroup": section()},
        audits=[str(tmp_path / "monday"), str(tmp_path / "sunday")],
        directory=str(tmp_path / "reports"),
    )
    assert answer["counted_too"] == [str(tmp_path / "monday" / "postures" / "web1.json")]
    assert answer["file"] == str(tmp_path / "reports" / "limits" / "web1.yml")
    written = yaml.safe_load(Path(answer["file"]).read_text(encoding="utf-8"))
    assert (
        written["limits_wanted"][0]["limits"] == answer["limits_wanted"][0]["limits"] == {"memory": "192m", "pids": 50}
    )
    assert answer["changed"] is False


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        ("{", "JSON"),
        ("[]", "is no posture"),
        ('{"cgroup": {"containers": 3}}', "is no posture"),
    ],
)
def test_a_named_posture_that_is_none_is_refused_before_the_host_is_asked(
    tmp_path: Path, content: str | None, said: str
) -> None:
    path = tmp_path / "web1.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(Refused, match=said):
        suggested({"failed": True, "msg": "asked"}, postures=[str(path)])


@pytest.mark.parametrize(
    ("gathered", "said"),
    [
        ({"cgroup": {}, "unread": {"containers": "the engine is stopped"}}, "not known: the engine is stopped"),
        ({"cgroup": None}, "the host gave no reason"),
        ({"failed": True, "msg": "no Docker socket"}, "no Docker socket"),
    ],
)
def test_a_host_whose_containers_are_not_known_fails(gathered: Json, said: str) -> None:
    with pytest.raises(HostFault, match=said):
        suggested(gathered)
