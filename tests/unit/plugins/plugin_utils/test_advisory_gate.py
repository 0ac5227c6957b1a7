# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which advisories make a host fail."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.action import evaluate
from ansible_collections.seawall.docker.plugins.plugin_utils._advisories import gate
from ansible_collections.seawall.docker.plugins.plugin_utils._advisories.loader import load_advisories
from ansible_collections.seawall.docker.plugins.plugin_utils._advisories.model import STATES
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.errors import BenchmarkError

Json = dict[str, t.Any]


def judged(state: str = "vulnerable", severity: str | None = "high", exploited: bool | None = None) -> Json:
    result = {"id": "CVE-1-1", "component": "runc", "state": state, "severity": severity, "exploited": exploited}
    return {"results": [result]}


@pytest.mark.parametrize(
    ("name", "severity", "exploited", "answer"),
    [
        ("cve:high", "critical", None, "fails"), ("cve:high", "high", None, "fails"), ("cve:high", "medium", None, None),
        ("cve:critical", "high", None, None), ("cve:critical", "critical", None, "fails"), ("cve:low", "low", None, "fails"),
        ("cve:medium", "low", None, None), ("cve:any", "low", False, "fails"), ("cve:any", None, None, "fails"),
        # What nobody said is no pass.
        ("cve:high", None, None, "unknown"), ("cve:critical", None, True, "unknown"), ("cve:low", None, None, "unknown"),
        ("cve:known_exploited", "low", True, "fails"), ("cve:known_exploited", "critical", False, None),
        ("cve:known_exploited", "critical", None, "unknown"),
    ],
)  # fmt: skip
def test_severity_and_exploitation(name: str, severity: str | None, exploited: bool | None, answer: str | None) -> None:
    fails, unknown = gate.offending(judged("vulnerable", severity, exploited), [name])
    assert ("fails" if fails else "unknown" if unknown else None) == answer
    # A state that is not known is never certain, and none of another severity.
    fails, unknown = gate.offending(judged("unknown", severity, exploited), [name])
    assert not fails and bool(unknown) is (answer is not None)


@pytest.mark.parametrize("state", STATES)
def test_states(state: str) -> None:
    fails, unknown = gate.offending(judged(state), ["cve:high"])
    assert bool(fails) is (state in ("vulnerable", "potentially_vulnerable"))
    assert bool(unknown) is (state == "unknown")


def test_one_name_that_is_sure_is_enough() -> None:
    assert gate.offending(judged(severity=None, exploited=True), ["cve:high", "cve:known_exploited"])[0]
    assert gate.offending(judged(severity="low", exploited=False), ["cve:high", "cve:known_exploited"]) == ([], [])
    assert gate.offending(judged(), []) == gate.offending(None, ["cve:any"]) == ([], [])


@pytest.mark.parametrize(
    ("name", "near"),
    [("cve:hihg", "cve:high"), ("cve:exploited", "cve:known_exploited"), ("CVE:high", "cve:high"), ("cve:High", "cve:high"),
     ("cve:anny", "cve:any"), ("cve:", "cve:")],
)  # fmt: skip
def test_a_misspelt_name_is_refused_with_the_nearest(name: str, near: str) -> None:
    with pytest.raises(
        BenchmarkError, match=f"fail_on has {name}; it must be one of cve:critical, .*did you mean {near}"
    ):
        gate.split(["5.5", name])


def test_rules_and_advisories_are_told_apart() -> None:
    assert gate.split(["5.5", "cve:high", "level1", "cve:any"]) == (["5.5", "level1"], ["cve:high", "cve:any"])


def test_the_sentence_of_a_host_that_fails() -> None:
    document = {"host": "web1", "outcome": "audited", "error": None, "findings": [], "advisories": judged()}
    said = evaluate._offence(document, set(), True, None, ["cve:high"])
    assert said == "web1 has open 1 advisory of cve:high: CVE-1-1 (runc)."
    document["advisories"] = judged(severity=None)
    said = evaluate._offence(document, set(), True, None, ["cve:high"])
    assert said == "web1 leaves unknown 1 advisory of cve:high: CVE-1-1 (runc)."
    assert evaluate._offence(document, set(), False, None, ["cve:high"]) is None


# GitHub's advisory database and the assigners of the CVE numbers say nothing about how severe these are.
UNRATED = {
    *("CVE-2018-15664", "CVE-2019-13139", "CVE-2026-78659", "CVE-2026-78663", "CVE-2026-78669", "CVE-2026-97032"),
    *("GHSA-2fqp-xg6f-v7gj", "GHSA-r456-g3gm-cvxf", "GHSA-w26x-xg27-7qjc"),
}


def test_the_shipped_advisories_are_told_apart_by_severity() -> None:
    """An advisory without a severity makes each gate unsure. Whoever adds one lists it above, or looks its severity up."""
    shipped = load_advisories().advisories
    assert {one.id for one in shipped if one.severity is None} == UNRATED
    results = [
        {"id": one.id, "component": one.component, "state": "vulnerable", "severity": one.severity, "exploited": None}
        for one in shipped
    ]
    fails, unknown = gate.offending({"results": results}, ["cve:high"])
    assert {one.split()[0] for one in unknown} == UNRATED and 20 < len(fails) < len(shipped) / 2
