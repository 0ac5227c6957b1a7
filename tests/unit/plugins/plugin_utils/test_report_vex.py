# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of the states of advisories in OpenVEX and CycloneDX. Unknown is never fixed or not affected."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._advisories.model import STATES
from ansible_collections.seawall.docker.plugins.plugin_utils._report.formats import cyclonedx_vex, openvex, vex
from ansible_collections.seawall.docker.tests.support import findings, formats

Document = dict[str, t.Any]


def written(*documents: Document) -> tuple[Document, Document]:
    whole, kept = formats.condensed(documents)
    return tuple(json.loads("".join(form.pieces(whole, kept))) for form in (openvex, cyclonedx_vex))  # type: ignore[return-value]


def test_each_state_in_each_format() -> None:
    assert set(vex.STATES) == set(STATES)
    open_vex, cyclonedx = written(findings.audited("web1", rules=0))
    shown = {one["vulnerability"]["name"]: one for one in open_vex["statements"]}
    analysed = {one["id"]: one for one in cyclonedx["vulnerabilities"]}
    wanted = {
        "fixed_upstream": ("fixed", "resolved"), "fixed_by_vendor": ("fixed", "resolved"),
        "not_applicable": ("not_affected", "not_affected"), "mitigated": ("not_affected", "not_affected"),
        "potentially_vulnerable": ("under_investigation", "in_triage"), "vulnerable": ("affected", "exploitable"),
        "unknown": ("under_investigation", "in_triage"),
    }  # fmt: skip
    for place, state in enumerate(findings.ADVISORY_STATES):
        name = f"CVE-2026-100{place:02}"
        assert (shown[name]["status"], analysed[name]["analysis"]["state"]) == wanted[state]
        assert f"web1: {state}. It is {state}." in shown[name]["status_notes"]
        assert ("impact_statement" in shown[name]) is (wanted[state][0] == "not_affected")
    # One that only a restart fixes is affected until then.
    assert shown["CVE-2026-10007"]["status"] == "affected"
    assert shown["CVE-2026-10007"]["action_statement"].startswith("Restart containerd") or shown["CVE-2026-10007"][
        "action_statement"
    ].startswith("Restart the engine")
    assert shown["CVE-2026-10005"]["action_statement"] == "Upgrade engine to a version with the fix: 29.9.0."


def test_the_age_of_the_data_is_said() -> None:
    document = findings.audited("web1", rules=0)
    assert document["advisories"]["data"]
    open_vex, cyclonedx = written(document)
    date = document["advisories"]["data"][0]["updated"]
    assert f" with data of {date}, " in open_vex["tooling"]
    (said,) = cyclonedx["metadata"]["properties"]
    assert said == {"name": "seawall.docker:advisories:updated", "value": date}
    open_vex, cyclonedx = written(findings.lost("gone"))
    assert open_vex["tooling"].endswith(" with data of unknown age")
    assert cyclonedx["metadata"]["properties"][0]["value"] == "unknown"


@pytest.mark.parametrize("unseen", ["lost", "without", "damaged"])
def test_a_host_of_which_nothing_is_known_is_under_investigation(unseen: str) -> None:
    other = findings.lost("gone") if unseen == "lost" else findings.audited("gone", rules=3)
    if unseen != "lost":
        other["advisories"] = None if unseen == "without" else {"results": "none"}
    open_vex, cyclonedx = written(findings.audited("web1", rules=3), other)
    gone = [one for one in open_vex["statements"] if one["products"][0]["@id"] == "pkg:generic/docker-host/gone"]
    assert len(gone) == 8 and {one["status"] for one in gone} == {"under_investigation"}
    states = [one["analysis"]["state"] for one in cyclonedx["vulnerabilities"] if "/gone#" in one["affects"][0]["ref"]]
    assert states == ["in_triage"] * 8


def test_hostile_names_stay_names() -> None:
    documents = [findings.audited(name, n, rules=0, hostile=True) for n, name in enumerate(findings.HOSTILE)]
    open_vex, cyclonedx = written(*documents)
    assert len({one["products"][0]["@id"] for one in open_vex["statements"]}) == len(findings.HOSTILE)
    for one in open_vex["statements"]:
        for place in (one["products"][0]["@id"], one["products"][0]["subcomponents"][0]["@id"]):
            assert place.isascii() and place.isprintable() and not set(place) & set('<>"{} ')
        assert one["status_notes"].isprintable()
    refs = [part["bom-ref"] for host in cyclonedx["components"] for part in (host, *host["components"])]
    refs += [one["bom-ref"] for one in cyclonedx["vulnerabilities"]]
    assert len(refs) == len(set(refs))
    assert {one["affects"][0]["ref"] for one in cyclonedx["vulnerabilities"]} <= set(refs)


def test_ids_stay_the_same_from_run_to_run() -> None:
    first, again = written(findings.audited("web1", rules=0)), written(findings.audited("web1", rules=0))
    assert first[1] == again[1]
    assert [one["@id"] for one in first[0]["statements"]] == [one["@id"] for one in again[0]["statements"]]
