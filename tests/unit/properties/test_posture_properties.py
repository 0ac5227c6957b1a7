# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Postures and findings of which any part is of another type: one sentence at worst, and no host gets lost."""

from __future__ import annotations

import copy
import json
import typing as t
from types import SimpleNamespace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.seawall.docker.plugins.action import plan as plan_action
from ansible_collections.seawall.docker.plugins.action import report as report_action
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.evaluate import evaluate
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.loader import load_benchmark
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.policy import policy_with
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.shape import PostureError
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import PlanError
from ansible_collections.seawall.docker.plugins.plugin_utils._report import fleet, html, intake, terminal
from ansible_collections.seawall.docker.tests.support import findings
from ansible_collections.seawall.docker.tests.support.postures import posture_in

BENCHMARK = load_benchmark("cis-1.8.0")
POLICY = policy_with({})
BASES = {name: posture_in(base=name) for name in ("good", "bad")}

Path = tuple[str | int, ...]

_ODD: st.SearchStrategy[t.Any] = st.sampled_from(
    [None, True, False, 0, -1, 10**30, 1.5, "", "text", "\x1b[2J", "0644", "\ud800", [], {}, [None], [[]], {"": None}]
    + [["text"], [{}], [{"id": []}], {"unread": []}, {"unread": {"a": {}}}, {"containers": "text"}]
)


def places(value: t.Any, path: Path = ()) -> t.Iterator[Path]:
    if path:
        yield path
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, (*path, key))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            yield from places(item, (*path, position))


def changed(document: t.Any, changes: t.Iterable[tuple[Path, t.Any]]) -> t.Any:
    document = copy.deepcopy(document)
    for path, value in changes:
        place = document
        try:
            for part in path[:-1]:
                place = place[part]
            place[path[-1]] = value
        except (IndexError, KeyError, TypeError):
            continue  # an earlier change has taken the place away
    return document


def changes_of(document: t.Any) -> st.SearchStrategy[list[tuple[Path, t.Any]]]:
    # Those near the top are few, and what most is built upon.
    everywhere = list(places(document))
    above = [path for path in everywhere if len(path) < 3]
    place = st.sampled_from(above) | st.sampled_from(everywhere)
    return st.lists(st.tuples(place, _ODD), min_size=1, max_size=4)


_MUTATED = st.sampled_from(sorted(BASES)).flatmap(
    lambda name: changes_of(BASES[name]).map(lambda changes: changed(BASES[name], changes))
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(_MUTATED)
def test_any_posture_is_judged_or_refused_in_one_sentence(posture: t.Any) -> None:
    try:
        document = evaluate(posture, BENCHMARK, POLICY, "web1")
    except PostureError as error:
        assert str(error) and str(error).isprintable()
        return
    assert len(document["findings"]) == len(BENCHMARK.rules)
    json.dumps(document, allow_nan=False).encode()
    condensed = [intake.condensed(intake.accepted(document))]
    whole = fleet.build(condensed)
    assert terminal.summary(whole, condensed) and html.render(whole, condensed)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(_MUTATED)
def test_any_posture_is_planned_for_or_refused_in_one_sentence(posture: t.Any) -> None:
    module = plan_action.ActionModule.__new__(plan_action.ActionModule)
    module._task = SimpleNamespace(get_path=lambda: "/srv/site.yml:1", tags=[])
    defaults = {name: option.get("default") for name, option in plan_action.ARGUMENTS.items()}
    options = {**defaults, "posture": posture, "userns_remap": "present"}
    try:
        answer = module._planned(options, {"inventory_hostname": "web1"})
    except (PostureError, PlanError) as error:
        assert str(error)
    else:
        assert answer["lines"]


_DOCUMENT = findings.audited("web1")


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(changes_of(_DOCUMENT), st.booleans())
def test_any_findings_document_leaves_its_host_in_the_report(
    changes: list[tuple[Path, t.Any]], given_by_host: bool
) -> None:
    document = changed(_DOCUMENT, changes)
    plain = intake.Plain()
    documents = [
        intake.condensed(intake.accepted(plain(one), "web1" if given_by_host else None, "nobody"))
        for one in (document, findings.audited("web2", 1))
    ][: 1 if given_by_host else 2]
    whole = fleet.build(documents)
    assert whole["totals"]["hosts"] >= 1
    ordered = fleet.ordered(documents)
    assert terminal.summary(whole, ordered) and html.render(whole, ordered)
    json.dumps(whole, allow_nan=False)


_RESULTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["host", "result", "outcome", "error", "msg", "failed", "unreachable", "report_file"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(st.lists(_RESULTS, max_size=4), st.lists(_RESULTS, max_size=4))
def test_whatever_tasks_left_for_hosts_is_reported(results: list[t.Any], given: list[t.Any]) -> None:
    hosts = [{"host": f"web{number}", "result": result} for number, result in enumerate(results)]
    options = {"hosts": hosts, "findings": given}
    found = [document for document, _file in report_action._documents_of_this_run(options, intake.Plain())]
    assert [one["host"] for one in found[len(given) :]] == [one["host"] for one in hosts]
    whole = fleet.build(intake.condensed(document) for document in found)
    assert whole["totals"]["audited"] == 0
