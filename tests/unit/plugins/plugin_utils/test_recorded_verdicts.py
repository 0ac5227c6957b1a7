# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verdicts on recordings of real hosts: engines 20.10, 26.1 and 28.5, and a virtual machine with cgroup v2."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.evaluate import evaluate
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.loader import load_benchmark
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.policy import policy_with

RECORDED = Path(__file__).resolve().parents[2] / "recorded"
HOSTS = ("bookworm", "trixie", "sid", "vm")


def recorded_posture(host: str) -> dict[str, t.Any]:
    return json.loads((RECORDED / f"{host}.json").read_text(encoding="utf-8"))["posture"]


def findings(posture: dict[str, t.Any], host: str) -> dict[str, dict[str, t.Any]]:
    document = evaluate(posture, load_benchmark("cis-1.8.0"), policy_with({}), host)
    return {finding["number"]: finding for finding in document["findings"]}


@pytest.mark.parametrize("host", HOSTS)
def test_verdicts_on_the_recorded_containers(host: str) -> None:
    found = findings(recorded_posture(host), host)
    verdicts = {
        number: {subject["name"]: subject["verdict"] for subject in found[number]["subjects"]}
        for number in ("5.4", "5.5", "5.6", "5.10", "5.11", "5.13", "5.14", "5.16", "5.22", "5.26", "5.32")
    }
    assert verdicts["5.5"]["builder"] == "fail" and verdicts["5.5"]["worker"] == "pass"
    assert verdicts["5.6"]["monitor"] == "fail" and verdicts["5.6"]["worker"] == "pass"
    assert verdicts["5.10"]["monitor"] == "fail" and verdicts["5.10"]["frontend"] == "pass"
    assert verdicts["5.11"]["worker"] == "pass" and verdicts["5.11"]["frontend"] == "fail"
    assert verdicts["5.13"]["worker"] == "pass" and verdicts["5.13"]["migrated"] == "fail"
    assert verdicts["5.14"]["frontend"] == "fail"
    assert verdicts["5.16"]["monitor"] == "fail"
    assert verdicts["5.22"]["deployer"] == "fail" and verdicts["5.22"]["worker"] == "pass"
    assert verdicts["5.26"]["worker"] == "pass" and verdicts["5.26"]["deployer"] == "fail"
    assert verdicts["5.32"]["deployer"] == "fail" and verdicts["5.32"]["monitor"] == "fail"
    assert verdicts["5.32"]["worker"] == "pass"


class MarkedText(str):
    """As ansible-core hands over what came from a host."""


def marked(value: t.Any) -> t.Any:
    if isinstance(value, dict):
        return {MarkedText(key): marked(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [marked(entry) for entry in value]
    return MarkedText(value) if isinstance(value, str) else value


@pytest.mark.parametrize("host", HOSTS)
def test_marked_strings_are_judged_as_plain_ones(host: str) -> None:
    posture = recorded_posture(host)
    assert findings(marked(posture), host) == findings(posture, host)
