# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""With tags, plan and forecast are those of what runs."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ansible_collections.seawall.docker.plugins.plugin_utils._plan import phases
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Choices
from ansible_collections.seawall.docker.tests.support.plans import Json, planned
from ansible_collections.seawall.docker.tests.support.postures import posture_in

ALL = set(phases.TAGS)
DAEMON = {"daemon_options", "containers_slice", "unfinished_change"}
USERNS = {"userns_remap", "unfinished_change"}


@pytest.mark.parametrize(
    ("run", "skip", "role", "chosen"),
    [
        (["all"], [], ["always"], ALL),
        (["remediate_daemon"], [], ["always"], DAEMON),
        (["remediate_daemon", "remediate_verify"], [], ["always"], DAEMON),
        (["remediate_files", "remediate_auditd"], [], ["always"], {"file_attributes", "audit_watches"}),
        (["remediate_userns"], [], ["always"], USERNS),
        (["all"], ["remediate_daemon"], ["always"], {"file_attributes", "audit_watches", "userns_remap"}),
        (["remediate_plan"], [], ["always"], ALL),
        (["remediate_plan", "remediate_files"], [], ["always"], {"file_attributes"}),
        (["remediate_verify"], [], ["always"], set()),
        (["tagged"], [], ["always"], ALL),
        (["untagged"], [], ["always"], set()),
        # A tag that the role has in its play is one of all phases.
        (["docker"], [], ["docker", "always"], ALL),
        (["docker"], ["remediate_files"], ["docker", "always"], ALL - {"file_attributes"}),
        (["other"], [], ["docker", "always"], set()),
    ],
)
def test_phases_by_tags(run: list[str], skip: list[str], role: list[str], chosen: set[str]) -> None:
    assert phases.phases_of(run, skip, role) == chosen


def test_the_tags_are_those_of_the_tasks() -> None:
    root = Path(phases.__file__).parents[3]
    tasks = yaml.safe_load((root / "roles/remediate/tasks/main.yml").read_text(encoding="utf-8"))
    tagged = {frozenset(one["tags"]) for one in tasks} - {frozenset({"always"}), frozenset({"remediate_verify"})}
    assert tagged == set(phases.TAGS.values())


def host() -> Json:
    """A host with a file, an option and a watch that are not as they should be."""
    posture = posture_in()
    next(one for one in posture["files"] if one["role"] == "daemon_json")["mode"] = "0666"
    posture["daemon"]["options"]["userland-proxy"]["value"] = True
    target = posture["auditing"]["targets"]["runc"]
    target.update(watched=False, watched_loaded=False, watched_written=False, by=[])
    return posture


@pytest.mark.parametrize(
    ("kind", "passes"),
    [
        ("file_attributes", "daemon-json-mode"),
        ("daemon_options", "daemon-userland-proxy-off"),
        ("audit_watches", "audit-runc"),
    ],
)
def test_the_forecast_is_that_of_the_chosen_phase(kind: str, passes: str) -> None:
    rules = ["daemon-json-mode", "daemon-userland-proxy-off", "audit-runc"]
    whole = planned(host(), rules=rules)
    assert {one["kind"] for one in whole.document["steps"]} == {"file_attributes", "daemon_options", "audit_watches"}
    made = planned(host(), Choices(phases=frozenset({kind})), rules=rules)
    assert [one["kind"] for one in made.document["steps"]] == [kind]
    assert {rule: made.status(rule) for rule in rules} == {rule: "pass" if rule == passes else "fail" for rule in rules}
    assert {rule: made.left_out(rule) for rule in rules} == {
        rule: [] if rule == passes else [phases.LEFT_OUT] for rule in rules
    }


def test_remapping_that_was_asked_for_is_none_of_a_run_without_its_phase() -> None:
    posture = posture_in()
    choices = Choices(userns="absent", phases=frozenset({"file_attributes"}))
    assert planned(posture, choices).document["steps"] == []
    assert [one["kind"] for one in planned(posture, Choices(userns="absent")).document["steps"]] == ["userns_remap"]
