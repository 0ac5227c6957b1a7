# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the reports show of advisories: what to upgrade and to restart, what is unknown, and how old the data is."""

from __future__ import annotations

import datetime
import json
import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._advisories import age
from ansible_collections.seawall.docker.plugins.plugin_utils._advisories.judge import judge
from ansible_collections.seawall.docker.plugins.plugin_utils._advisories.loader import load_advisories
from ansible_collections.seawall.docker.plugins.plugin_utils._report import fleet, html, intake, terminal
from ansible_collections.seawall.docker.plugins.plugin_utils._report.formats import markdown
from ansible_collections.seawall.docker.tests.support import findings
from ansible_collections.seawall.docker.tests.support.plans import recorded

TODAY = datetime.date(2026, 11, 26)
Document = dict[str, t.Any]


def reports(documents: list[Document], today: datetime.date = TODAY) -> tuple[Document, dict[str, str]]:
    """The part of the fleet document, and what people read in each report, on one line."""
    kept = [intake.condensed(intake.accepted(json.loads(json.dumps(document)))) for document in documents]
    whole = fleet.build(kept, today)
    kept = fleet.ordered(kept)
    shown = {
        "html": html.render(whole, kept),
        "terminal": "\n".join(terminal.summary(whole, kept)),
        "markdown": "".join(markdown.pieces(whole, kept)),
    }
    json.dumps(whole, allow_nan=False)
    return whole["advisories"], {name: " ".join(text.split()) for name, text in shown.items()}


def host(name: str, posture: Document) -> Document:
    return {**findings.audited(name, rules=0), "advisories": judge(load_advisories(), posture)}


def dated(*dates: object, name: str = "web1") -> Document:
    document = findings.audited(name, rules=3)
    document["advisories"]["data"] = [{"file": f"{place}.yml", "updated": date} for place, date in enumerate(dates)]
    return document


def test_recorded_hosts_say_what_to_upgrade() -> None:
    section, shown = reports([host(name, recorded(name)) for name in ("bookworm", "vm", "trixie")])
    engine = next(one for one in section["upgrades"] if one["component"] == "engine" and "trixie" in one["hosts"])
    assert (engine["package"], engine["hosts"]) == ("docker.io", ["trixie"]) and "CVE-2026-41567" in engine["fixes"]
    assert "CVE-2026-41568" not in engine["fixes"], "the changelog names it"
    # Both of Debian 12 in one line.
    both = next(one for one in section["upgrades"] if one["component"] == "engine" and "vm" in one["hosts"])
    assert both["hosts"] == ["bookworm", "vm"]
    assert "docker.io 26.1.5+dfsg1-9+deb13u1+b1" in shown["html"] and "CVE-2026-41567" in shown["html"]
    for name, text in shown.items():
        assert "Upgrade" in text and "data of " in text and engine["to"] in text, name
    # One package holds both programs, and the fixes of each are from another version on.
    for program in ("engine", "cli"):
        assert f"docker.io 20.10.24+dfsg1-1+deb12u1+b6 ({program})" in shown["markdown"]
    assert {one["component"] for one in section["unknown"]} >= {"engine", "containerd"}
    assert all(one["reason"] and one["advisories"] and one["hosts"] for one in section["unknown"])
    (fixed,) = [one for one in section["results"] if (one["id"], one["component"]) == ("CVE-2026-41568", "engine")]
    assert fixed["hosts"]["fixed_by_vendor"] == ["trixie"]
    assert sum(section["counts"].values()) == 3 * len(section["results"])


def test_what_only_a_restart_fixes() -> None:
    section, shown = reports([findings.audited("web1", rules=3)])
    assert section["not_restarted"] == [{"component": "engine", "fixes": ["CVE-2026-10007"], "hosts": ["web1"]}]
    for name, text in shown.items():
        assert "Restart the engine (dockerd)" in text and ("Only that fixes" in text or "Only this fixes" in text), name
    document = findings.audited("web1", rules=3)
    document["advisories"]["not_restarted"] = [{"component": "shim", "pids": [7], "fixes": []}]
    for name, text in reports([document])[1].items():
        assert "Stop and start the containers" in text, name


@pytest.mark.parametrize(
    ("dates", "days", "warned"),
    [
        (["2026-11-25"], 1, False), (["2026-08-28"], 90, False), (["2026-08-27"], 91, True),
        # The newest file counts, and a wrong year does not make data new.
        (["2025-01-01", "2026-11-26"], 0, False), (["2026-01-01", "2062-11-26"], 329, True),
        # Tomorrow, where the clock is ahead of ours.
        (["2026-11-27"], 0, False),
        (["2099-01-01"], None, True), ([], None, True), (["soon"], None, True), ([7], None, True),
    ],
)  # fmt: skip
def test_the_age_of_the_data_is_in_every_report(dates: list[object], days: int | None, warned: bool) -> None:
    section, shown = reports([dated(*dates)])
    assert section["age_days"] == days and (section["warning"] is not None) is warned
    for name, text in shown.items():
        said = "data of unknown age" if days is None else f", {days} day{'' if days == 1 else 's'} old"
        assert said in text, name
        assert ("later advisories are not in the report" in text) is warned, name


def test_the_oldest_data_of_a_fleet_counts() -> None:
    new, old = dated("2026-11-26"), dated("2026-01-01", name="web2")
    assert reports([new, old])[0]["updated"] == "2026-01-01"
    section, _shown = reports([new, dated("2099-01-01", name="web2")])
    assert section["updated"] is None and section["warning"]


def test_the_audit_warns_from_the_day_after_90_days() -> None:
    assert age.warning("2026-08-28", age.days("2026-08-28", TODAY)) is None
    assert "91 days old" in str(age.warning("2026-08-27", age.days("2026-08-27", TODAY)))
    assert age.newest([date for _name, date in load_advisories().files], TODAY) is not None


@pytest.mark.parametrize(
    "value", [None, 7, [], {}, {"results": None}, {"results": "x"}, {"results": {"a": 1}}], ids=str
)
def test_a_host_without_advisories_is_not_one_without_faults(value: object) -> None:
    document = {**findings.audited("web1", rules=3), "advisories": value}
    section, shown = reports([document, findings.audited("web2", rules=3)])
    assert section["hosts_without"] == ["web1"]
    for name, text in shown.items():
        assert "say nothing about advisories" in text, name
    _section, shown = reports([document])
    for name, text in shown.items():
        assert "say nothing about advisories" in text and "No advisory" not in text, name


@pytest.mark.parametrize(
    ("key", "value"),
    [("state", "solved"), ("state", None), ("state", ["x"]), ("severity", "worst"), ("severity", {}), ("exploited", "no"),
     ("package", "docker"), ("package", {"name": {}, "version": [1]}), ("fixed_versions", "29"), ("aliases", [7]), ("reason", 7)],
)  # fmt: skip
def test_a_damaged_result_is_never_fixed(key: str, value: object) -> None:
    document = findings.audited("web1", rules=0)
    document["advisories"]["results"][0][key] = value
    section, _shown = reports([document])
    state = "unknown" if key == "state" else "fixed_upstream"
    (found,) = [one for one in section["results"] if one["id"] == "CVE-2026-10000"]
    assert found["hosts"][state] == ["web1"] and (key != "severity" or found["severity"] is None)


@pytest.mark.parametrize("key", ["upgrades", "not_restarted", "data", "results"])
@pytest.mark.parametrize(
    "value", [7, "x", [7, None, {}], {"a": 1}, [{"component": 7, "fixes": 7, "package": 7, "to": 7}]]
)
def test_damaged_parts_raise_nothing(key: str, value: object) -> None:
    document = findings.audited("web1", rules=0)
    document["advisories"][key] = value
    reports([document])


def test_texts_of_hosts_stay_texts() -> None:
    documents = [findings.audited(f"web{n}", n, rules=0, hostile=True) for n in range(len(findings.HOSTILE))]
    _section, shown = reports(documents)
    page = shown["html"]
    assert "<script>alert" not in page and "<img" not in page and "</style></script><!--" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; " in page
    for name, text in shown.items():
        assert not any(char in text for char in "\x1b\u202e\x00\x9b"), name


def test_the_worst_that_hosts_know_counts() -> None:
    one, other = findings.audited("web1", rules=0), findings.audited("web2", rules=0)
    one["advisories"]["results"][0].update(severity=None, exploited=False)
    other["advisories"]["results"][0].update(severity="high", exploited=None)
    found = reports([one, other])[0]["results"][0]
    assert (found["severity"], found["exploited"]) == ("high", None)
