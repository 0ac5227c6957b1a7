# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and numbers of the variables of roles and playbooks."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
import yaml

from ansible_collections.seawall.docker.plugins.filter.batches import batches
from ansible_collections.seawall.docker.plugins.plugin_utils import _variables

ROOT = Path(__file__).resolve().parents[4]


def test_every_variable_of_a_role_and_of_a_playbook_is_known_and_no_other() -> None:
    specified: set[str] = set()
    for path in ROOT.glob("roles/*/meta/argument_specs.yml"):
        specified |= set(yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]["main"]["options"])
    read: set[str] = set()
    for path in ROOT.glob("playbooks/**/*.yml"):
        # Neither tags nor options of modules.
        text = re.sub(r"^ +(tags: .*|[a-z_]+:)", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        read |= set(re.findall(rf"\b(?:{'|'.join(_variables.PREFIXES)}|limits_|report_)[a-z_]+\b", text))
    others = {path.stem for folder in ("playbooks", "plugins/modules") for path in (ROOT / folder).iterdir()}
    assert set(_variables.KNOWN) == specified | (read - others)


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"audit_polcy": {}}, "audit_polcy is no variable of seawall.docker (did you mean audit_policy?)"),
        ({"remediate_max_inpact": "none"}, "did you mean remediate_max_impact?"),
        ({"userns_remap_stat": "absent"}, "did you mean userns_remap_state?"),
        ({"prove_something_else_entirely": 1}, "prove_something_else_entirely is no variable of seawall.docker"),
        ({"remediate_restart_timeout": -5}, "remediate_restart_timeout must be at least 1, and is -5"),
        ({"remediate_restart_timeout": "0"}, "remediate_restart_timeout must be at least 1, and is 0"),
        ({"audit_page_hosts": 0}, "audit_page_hosts must be at least 1, and is 0"),
        ({"remediate_serial": "0"}, "remediate_serial must be at least 1, and has 0"),
        ({"audit_serial": [1, -3]}, "audit_serial must be at least 1, and has -3"),
        ({"limits_host": "web1"}, "limits_host is no variable of seawall.docker (did you mean limits_hosts?)"),
        ({"limit_hosts": "web1"}, "limit_hosts is no variable of seawall.docker (did you mean limits_hosts?)"),
        ({"report_folder": ["a"]}, "did you mean report_folders?"),
        ({"remediate_serial": "abc"}, "remediate_serial must be numbers of hosts or percentages, and has abc"),
        ({"audit_serial": [1, "x%"]}, "audit_serial must be numbers of hosts or percentages, and has x%"),
        ({"limits_serial": [[2]]}, "limits_serial must be numbers of hosts or percentages, and has [2]"),
        ({"limits_serial": 0}, "limits_serial must be at least 1, and has 0"),
        ({_variables.ALLOWED: "audit_team_"}, "seawall_docker_allowed_variables must be a list"),
    ],
)
def test_what_is_wrong_is_said(variables: dict[str, t.Any], said: str) -> None:
    message = _variables.refusal(variables)
    assert message is not None and said in message


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"auditor": 1, "users_remap": 2, "__audit_result": 3, "ansible_audit_x": 4},
        {"audit_timeout": "{{ seconds }}", "remediate_serial": "30%", "audit_serial": ["1", "100%"]},
        {"audit_team_name": 1, _variables.ALLOWED: ["audit_team_"]},
        {"remediate_serial": True},
        # Words that others use as well.
        {"limits_proof": 1, "limits_conf": 2, "limits_memory": 3, "report_email": 4, "report_formats": 5},
        {"limits_host": 1, _variables.ALLOWED: ["limits_host"]},
    ],
)
def test_what_is_right_is_not_refused(variables: dict[str, t.Any]) -> None:
    assert _variables.refusal(variables) is None


def test_an_empty_beginning_allows_nothing() -> None:
    assert _variables.faults({"audit_x": 1, _variables.ALLOWED: [""]})


@pytest.mark.parametrize("serial", [1, "2", " 2 ", "30%", True, [1, "50%"]])
def test_a_serial_that_ansible_can_use_stays_as_it_is(serial: t.Any) -> None:
    assert batches(serial) is serial


@pytest.mark.parametrize("serial", ["abc", "2%%", "", 0, "-1", [1, "x"], [[2]], {"a": 1}])
def test_with_another_serial_the_play_begins_so_that_its_first_task_can_refuse_it(serial: t.Any) -> None:
    assert batches(serial) == "100%"
    assert _variables.faults({"audit_serial": serial})
