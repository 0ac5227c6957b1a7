# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waivers, whatever they say: a fault is waived or stays one; nothing passes, nothing disappears."""

from __future__ import annotations

import copy
import datetime
import typing as t

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.errors import BenchmarkError
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.evaluate import evaluate
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.loader import load_benchmark
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.policy import policy_with
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.waivers import load_waivers
from ansible_collections.seawall.docker.tests.support.postures import posture_in

BENCHMARK = load_benchmark("cis-1.8.0")
BAD = posture_in(base="bad")
TODAY = datetime.date(2027, 1, 31)
BARE = evaluate(BAD, BENCHMARK, policy_with({}), "web1", [], TODAY)
SLUGS = [finding["rule"] for finding in BARE["findings"] if finding["status"] == "fail"]

_PATTERNS = st.sampled_from(["*", "web1", "web?", "[", "[!a]*", "", "nothing", "*{{ x }}*", "\x1b[31m*"]) | st.text(
    max_size=6
)
_WAIVERS = st.lists(
    st.fixed_dictionaries(
        {
            "rule": st.sampled_from([*SLUGS[:6], "level1", "5", "2.2", "container-not-privileged"]),
            "reason": st.text(min_size=1).filter(str.strip),
            "owner": st.text(min_size=1).filter(str.strip),
            "expires": st.dates(TODAY - datetime.timedelta(3), TODAY + datetime.timedelta(3)),
        },
        optional={"subject": _PATTERNS, "host": _PATTERNS},
    ),
    max_size=4,
)


@settings(max_examples=40, deadline=None)
@given(_WAIVERS)
def test_a_waiver_turns_faults_into_waived_ones_and_nothing_else(waivers: list[dict[str, t.Any]]) -> None:
    loaded = load_waivers(BENCHMARK, [], copy.deepcopy(waivers))
    found = evaluate(BAD, BENCHMARK, policy_with({}), "web1", loaded, TODAY)
    assert [one["rule"] for one in found["findings"]] == [one["rule"] for one in BARE["findings"]]
    for now, before in zip(found["findings"], BARE["findings"], strict=True):
        assert len(now["subjects"]) == len(before["subjects"])
        # One fault that is not waived keeps the whole rule failed.
        assert now["status"] == before["status"] or (before["status"] == "fail" and now["status"] != "pass")
        for subject, original in zip(now["subjects"], before["subjects"], strict=True):
            if subject["verdict"] != original["verdict"]:
                assert (original["verdict"], subject["verdict"]) == ("fail", "waived")
                assert subject["waiver"]["expired"] is False and subject["waiver"]["reason"]
                assert datetime.date.fromisoformat(subject["waiver"]["expires"]) >= TODAY
    if all(waiver["expires"] < TODAY for waiver in waivers):
        assert found["counts"] == BARE["counts"] and found["score"] == BARE["score"]


@settings(max_examples=40, deadline=None)
@given(_WAIVERS, st.randoms(use_true_random=False))
def test_the_order_of_waivers_decides_no_verdict(waivers: list[dict[str, t.Any]], random: t.Any) -> None:
    other = copy.deepcopy(waivers)
    random.shuffle(other)
    verdicts = []
    for entries in (waivers, other):
        found = evaluate(BAD, BENCHMARK, policy_with({}), "web1", load_waivers(BENCHMARK, [], entries), TODAY)
        verdicts.append([[one["verdict"] for one in finding["subjects"]] for finding in found["findings"]])
    assert verdicts[0] == verdicts[1]


_KEYS = ("rule", "owner", "reason", "expires", "subject", "host", "image", "labels")
_ANYTHING: st.SearchStrategy[t.Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates() | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.sampled_from(_KEYS), inner, max_size=6),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(st.lists(_ANYTHING, min_size=1, max_size=3))
def test_what_is_no_waiver_is_one_sentence(entries: list[t.Any]) -> None:
    with pytest.raises(BenchmarkError, match="audit_waivers, line"):
        load_waivers(BENCHMARK, [], entries)
