# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which state each advisory has on a host: by versions, changelogs, conditions, and what is not known."""

from __future__ import annotations

import functools
import json
import typing as t
from pathlib import Path

import jsonschema
import pytest
import yaml

from ansible_collections.seawall.docker.plugins.plugin_utils._advisories import judge as judging
from ansible_collections.seawall.docker.plugins.plugin_utils._advisories.loader import SHIPPED, load_advisories
from ansible_collections.seawall.docker.plugins.plugin_utils._advisories.model import STATES
from ansible_collections.seawall.docker.plugins.plugin_utils._advisories.versions import parsed
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.errors import BenchmarkError

ROOT = Path(__file__).resolve().parents[4]
RECORDED = ROOT / "tests" / "unit" / "recorded"
SCHEMA = json.loads((ROOT / "docs" / "schemas" / "advisories-1.json").read_text(encoding="utf-8"))
Json = dict[str, t.Any]


def posture(
    name: str, version: str | None, package: Json | None = None, names: t.Sequence[str] = (), **more: t.Any
) -> Json:
    """A host with one program of upstream, or with one of a distribution whose changelog names advisories."""
    entry: Json = {
        "name": "runtime" if name == "runc" else name,
        "program": name,
        "version": version,
        "package": package,
    }
    entry.update({"processes": [], "unread": {}})
    if package is not None:
        entry["changelog"] = {"source": "x", "names": [{"id": one, "version": "1-2"} for one in names]}
    entry.update(more)
    return {"versions": {"components": [entry]}}


# Read once, since its lines are found by a slow parser.
shipped = functools.cache(load_advisories)

DEBIAN = {"manager": "dpkg", "name": "docker.io", "version": "1-2", "origin": "distribution"}
DOCKER = {"manager": "dpkg", "name": "docker-ce", "version": "5:1-1", "origin": "docker"}


def result_of(identifier: str, component: str, host: Json) -> Json:
    (found,) = [
        one
        for one in judging.judge(shipped(), host)["results"]
        if (one["id"], one["component"]) == (identifier, component)
    ]
    return found


# By the ranges that upstream published: the last affected and the first fixed version of each branch.
PUBLISHED = [
    ("CVE-2024-21626", "runc", "vulnerable", ("1.0.0-rc93", "1.0.0", "1.1.11")),
    ("CVE-2024-21626", "runc", "fixed_upstream", ("1.1.12", "1.2.0-rc.1", "1.3.0")),
    ("CVE-2024-21626", "runc", "not_applicable", ("1.0.0-rc92", "0.1.1")),
    ("CVE-2025-31133", "runc", "vulnerable", ("1.2.7", "1.3.0-rc.1", "1.3.2", "1.4.0-rc.1", "1.4.0-rc.2")),
    ("CVE-2025-31133", "runc", "fixed_upstream", ("1.2.8", "1.3.3", "1.4.0-rc.3", "1.4.0")),
    ("CVE-2019-5736", "runc", "vulnerable", ("0.1.1", "1.0.0-rc6")),
    ("CVE-2019-5736", "runc", "fixed_upstream", ("1.0.0-rc7", "1.0.0-rc10", "1.0.0")),
    ("CVE-2021-43784", "runc", "vulnerable", ("1.0.0-rc93", "1.0.2")),
    # The Go vulnerability database knows only 1.1.0.
    ("CVE-2021-43784", "runc", "fixed_upstream", ("1.0.3", "1.1.0")),
    ("CVE-2025-47291", "containerd", "potentially_vulnerable", ("2.0.1", "2.0.4")),
    ("CVE-2025-47291", "containerd", "fixed_upstream", ("2.0.5", "2.1.0")),
    ("CVE-2025-47291", "containerd", "not_applicable", ("1.7.27", "2.0.0")),
    ("CVE-2026-17106", "engine", "vulnerable", ("28.5.2", "29.6.1")),
    ("CVE-2026-17106", "cli", "vulnerable", ("28.5.2", "29.6.1")),
    ("CVE-2026-17106", "cli", "fixed_upstream", ("29.7.0",)),
    ("CVE-2026-17106", "compose", "vulnerable", ("2.40.3", "5.3.1")),
    ("CVE-2026-17106", "compose", "fixed_upstream", ("5.4.0",)),
    # Both the client and the engine clone what a build names.
    ("CVE-2019-13139", "engine", "vulnerable", ("18.09.3",)),
    ("CVE-2019-13139", "cli", "vulnerable", ("18.09.3", "18.06.3-ce")),
    ("CVE-2019-13139", "cli", "fixed_upstream", ("18.09.4", "19.03.0")),
    ("CVE-2024-40635", "containerd", "vulnerable", ("1.6.37", "1.7.0-rc.1", "1.7.0", "1.7.26", "2.0.3")),
    ("CVE-2024-40635", "containerd", "fixed_upstream", ("1.6.38", "1.7.27", "2.0.4", "2.1.0")),
    ("CVE-2020-15257", "containerd", "vulnerable", ("1.3.8", "1.4.0", "1.4.2")),
    ("CVE-2020-15257", "containerd", "fixed_upstream", ("1.3.9", "1.3.10", "1.4.3")),
    ("CVE-2025-47290", "containerd", "vulnerable", ("2.1.0",)),
    ("CVE-2025-47290", "containerd", "not_applicable", ("2.0.5", "1.7.27")),
    # The CVE record and the Go vulnerability database differ in whether older ones have the fault.
    ("CVE-2026-95837", "containerd", "unknown", ("1.7.0", "2.0.9")),
    ("CVE-2026-95837", "containerd", "potentially_vulnerable", ("2.1.9", "2.2.6", "2.3.3")),
    ("CVE-2026-95837", "containerd", "fixed_upstream", ("2.2.7", "2.3.4", "2.4.0")),
    ("CVE-2026-53493", "containerd", "vulnerable", ("1.7.35", "2.0.12", "2.1.9", "2.2.8", "2.3.5", "2.4.0")),
    ("CVE-2026-53493", "containerd", "fixed_upstream", ("1.7.36", "2.0.13", "2.2.9", "2.3.6", "2.4.1")),
    ("CVE-2026-53495", "containerd", "potentially_vulnerable", ("1.7.34", "2.0.11", "2.1.9", "2.2.7", "2.3.4")),
    ("CVE-2026-53495", "containerd", "fixed_upstream", ("1.7.35", "2.0.12", "2.2.8", "2.3.5", "2.4.0")),
    ("CVE-2026-95838", "containerd", "vulnerable", ("1.7.34", "2.1.9", "2.3.4")),
    ("CVE-2026-95838", "containerd", "fixed_upstream", ("1.7.35", "2.3.5")),
    # BuildKit 0.31.1 and 0.31.2 came with these engines, and the fault of the bundles came with 0.30.0.
    ("CVE-2026-61711", "engine", "vulnerable", ("25.0.17", "29.6.0")),
    ("CVE-2026-61711", "engine", "fixed_upstream", ("29.6.1",)),
    ("CVE-2026-15793", "engine", "not_applicable", ("25.0.17", "29.4.3")),
    ("CVE-2026-15793", "engine", "vulnerable", ("29.5.0", "29.6.1")),
    ("CVE-2026-15793", "engine", "fixed_upstream", ("29.6.2",)),
    ("CVE-2026-15791", "engine", "not_applicable", ("20.10.27",)),
    ("CVE-2026-15791", "engine", "vulnerable", ("23.0.0", "29.6.1")),
    ("CVE-2026-119101", "runc", "vulnerable", ("1.2.9", "1.3.6", "1.4.3", "1.5.2", "1.6.0-rc.1")),
    ("CVE-2026-119101", "runc", "fixed_upstream", ("1.3.7", "1.4.4", "1.5.3", "1.6.0-rc.2", "1.6.0")),
    ("CVE-2019-14271", "engine", "vulnerable", ("19.03.0",)),
    ("CVE-2019-14271", "engine", "fixed_upstream", ("19.03.1", "19.03.15", "20.10.0")),
    ("CVE-2019-14271", "engine", "not_applicable", ("18.09.9-ce", "18.06.3-ce")),
    ("CVE-2024-41110", "engine", "potentially_vulnerable", ("19.03.15", "23.0.14", "24.0.9", "25.0.5", "26.1.4", "27.1.0")),
    ("CVE-2024-41110", "engine", "fixed_upstream", ("23.0.15", "25.0.6", "26.1.5", "27.1.1", "28.0.0")),
    ("CVE-2024-29018", "engine", "vulnerable", ("23.0.10", "25.0.4", "26.0.0-rc2")),
    # The published ranges leave out 24.0.
    ("CVE-2024-29018", "engine", "unknown", ("24.0.0", "24.0.9")),
    ("CVE-2024-29018", "engine", "fixed_upstream", ("23.0.11", "25.0.5", "26.0.0-rc3", "26.0.0")),
    # The Go vulnerability database clears 26 and 27.
    ("CVE-2025-54410", "engine", "potentially_vulnerable", ("25.0.12", "26.1.5", "27.5.1")),
    ("CVE-2025-54410", "engine", "fixed_upstream", ("25.0.13", "28.0.0")),
    ("CVE-2026-41567", "engine", "vulnerable", ("25.0.16", "28.5.2", "29.5.0")),
    ("CVE-2026-41567", "engine", "fixed_upstream", ("25.0.17", "29.5.1", "29.10.0")),
    ("CVE-2024-23651", "engine", "vulnerable", ("24.0.9", "25.0.1")),
    ("CVE-2024-23651", "engine", "fixed_upstream", ("25.0.2",)),
    ("GHSA-2fqp-xg6f-v7gj", "engine", "unknown", ("29.10.0", "20.10.24")),
    ("CVE-2025-62725", "compose", "vulnerable", ("2.40.1",)),
    ("CVE-2025-62725", "compose", "fixed_upstream", ("2.40.2", "v5.0.0")),
    ("CVE-2025-62725", "compose", "not_applicable", (None,)),
    ("CVE-2025-15558", "cli", "not_applicable", ("28.0.0",)),
    ("CVE-2024-21626", "runc", "unknown", ("main", "", "1.1.x")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("identifier", "component", "state", "version"),
    [(one, component, state, version) for one, component, state, versions in PUBLISHED for version in versions],
)
def test_published_ranges(identifier: str, component: str, state: str, version: str | None) -> None:
    for package in (DOCKER, None):
        found = result_of(identifier, component, posture(component, version, package))
        assert found["state"] == state, found
    # Nothing shows that a distribution fixed it, and nothing shows that it did not.
    found = result_of(identifier, component, posture(component, version, DEBIAN))
    assert found["state"] == {"vulnerable": "potentially_vulnerable"}.get(state, state), found


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("20.10.24+dfsg1", "20.10.24"), ("1.6.20~ds1", "1.6.20"), ("1.1.7-0ubuntu1~22.04.1", "1.1.7"), ("19.03.15", "19.3.15"),
        ("1.4.0~rc1+ds1", "1.4.0-rc.1"), ("5:27.5.1-1~ubuntu.22.04~jammy", "27.5.1"), ("1.1.12-1.el9", "1.1.12"),
        ("v2.40.2", "2.40.2"), ("2.1.9+unknown", "2.1.9"), ("18.09.7-ce", "18.9.7"),
    ],
)  # fmt: skip
def test_versions_of_distributions(text: str, same: str) -> None:
    assert parsed(same) is not None
    assert parsed(text) == parsed(same)


@pytest.mark.parametrize("text", ["0.10.7-dev", "0.12.6-m.3", "latest", "", None, 7, "1" * 300, "1.2.3 4", "1.2\n"])
def test_what_is_no_version(text: object) -> None:
    assert parsed(text) is None


def test_order_of_early_versions() -> None:
    order = [
        "1.0.0-rc7",
        "1.0.0-rc10",
        "1.0.0-rc93",
        "1.0.0",
        "1.2.0-rc.1",
        "1.2.0~rc2",
        "1.2.0",
        "2.2.0-beta.0",
        "2.2.0",
    ]
    found = [t.cast(t.Any, parsed(one)) for one in order]
    assert found == sorted(found) and len(set(found)) == len(found)


def test_a_changelog_that_names_the_advisory_or_its_alias() -> None:
    for name in ("CVE-2026-41567", "GHSA-x86f-5xw2-fm2r"):
        found = result_of("CVE-2026-41567", "engine", posture("engine", "26.1.5+dfsg1", DEBIAN, [name]))
        assert found["state"] == "fixed_by_vendor"
        assert found["reason"] == f"The changelog of the package docker.io names {name}, in the entry of 1-2."


def test_only_a_restart_fixes_what_still_runs() -> None:
    old = [{"pid": 7, "file": "/usr/sbin/dockerd", "is_installed_file": False}]
    host = posture("engine", "26.1.5+dfsg1", {**DEBIAN, "version": "26.1.5+dfsg1-9"}, ["CVE-2026-41567"], processes=old)
    found = result_of("CVE-2026-41567", "engine", host)
    assert (found["state"], found["restart_fixes"]) == ("potentially_vulnerable", True)
    assert judging.judge(shipped(), host)["not_restarted"] == [
        {"component": "engine", "pids": [7], "fixes": ["CVE-2026-41567"]}
    ]
    del host["versions"]["components"][0]["processes"]
    assert result_of("CVE-2026-41567", "engine", host)["state"] == "potentially_vulnerable"


def test_what_to_upgrade_to_which_version() -> None:
    """26.1.5 has no fix in its branch, and 28.x has none of a later advisory, so that only 29 has all."""
    document = judging.judge(shipped(), posture("engine", "26.1.5", DOCKER))
    (upgrade,) = document["upgrades"]
    open_ones = {one["id"] for one in document["results"] if one["state"] in ("vulnerable", "potentially_vulnerable")}
    assert set(upgrade["fixes"]) == open_ones > {"CVE-2026-41567", "CVE-2025-54410"}
    assert (upgrade["component"], upgrade["version"], upgrade["package"]) == ("engine", "26.1.5", DOCKER)
    after = judging.judge(shipped(), posture("engine", upgrade["to"], DOCKER))
    assert after["upgrades"] == [] and after["counts"]["vulnerable"] == after["counts"]["potentially_vulnerable"] == 0


def test_no_version_that_brings_another_fault_is_advised(tmp_path: Path) -> None:
    """The first fix is in a version that a later advisory affects, and one advisory has no fix that is known."""
    lines = ["advisories_version: 1", 'updated: "2026-12-01"', "advisories:"]
    for number, ranges in (
        (1, '{introduced: "0", fixed: "2.1.0"}'),
        (2, '{introduced: "2.1.0", fixed: "2.1.1"}'),
        (3, '{introduced: "0", fixed: null}'),
    ):
        lines.append(f"  - {{id: CVE-1-{number}, component: buildx, title: x, source: x, affected: [{ranges}]}}")
    own = tmp_path / "own.yml"
    own.write_text("\n".join(lines), encoding="utf-8")
    document = judging.judge(load_advisories([str(own)]), posture("buildx", "2.0.0"))
    (upgrade,) = document["upgrades"]
    assert (upgrade["to"], upgrade["fixes"]) == ("2.1.1", ["CVE-1-1"])
    assert {one["id"] for one in document["results"] if one["state"] == "unknown"} >= {"CVE-1-3"}


@pytest.mark.parametrize(
    ("package", "is_installed", "restart"),
    [("5:29.9.0-1~debian.12~bookworm", False, True), ("5:29.9.0-1", True, False), ("5:29.5.0-1", False, False), (None, False, False)],
)  # fmt: skip
def test_an_upgrade_of_upstreams_package_without_a_restart(
    package: str | None, is_installed: bool, restart: bool
) -> None:
    """The engine says the version that runs, and the package the one that would run."""
    running = [{"pid": 7, "file": "/usr/bin/dockerd", "is_installed_file": is_installed}]
    host = posture("engine", "29.5.0", {**DOCKER, "version": package}, processes=running)
    document = judging.judge(shipped(), host)
    (found,) = [one for one in document["results"] if one["id"] == "CVE-2026-41567"]
    assert (found["state"], found["restart_fixes"]) == ("vulnerable", restart)
    assert any("CVE-2026-41567" in one["fixes"] for one in document["not_restarted"]) is restart
    assert any("CVE-2026-41567" in one["fixes"] for one in document["upgrades"]) is not restart


@pytest.mark.parametrize("name", ["shim", "containerd"])
def test_what_runs_from_an_old_file_is_named_without_an_advisory(name: str) -> None:
    old = [{"pid": 8, "is_installed_file": False}, {"pid": 9, "is_installed_file": True}, {"pid": 10}]
    document = judging.judge(shipped(), posture(name, None, DEBIAN, processes=old))
    assert document["not_restarted"] == [{"component": name, "pids": [8], "fixes": []}]


@pytest.mark.parametrize(
    ("plugins", "state"), [([], "not_applicable"), (["opa"], "vulnerable"), (None, "potentially_vulnerable")]
)
def test_a_condition(plugins: list[str] | None, state: str) -> None:
    host = {**posture("engine", "27.1.0", DOCKER), "daemon": {"info": {"authorization_plugins": plugins}}}
    assert result_of("CVE-2024-41110", "engine", host)["state"] == state


@pytest.mark.parametrize(
    ("fact", "state"), [("userns", "mitigated"), ("rootless", "mitigated"), ("seccomp", "vulnerable")]
)
def test_user_namespaces_mitigate(fact: str, state: str) -> None:
    host = {**posture("runc", "1.2.7"), "daemon": {"info": {"security_options": {fact: True}}}}
    host["userns"] = {"effective": {"enabled": fact == "userns"}, "containers": []}
    assert result_of("CVE-2025-31133", "runc", host)["state"] == state


@pytest.mark.parametrize(
    ("enabled", "containers", "mitigated"),
    [
        (True, [{"running": True, "root_is_host_root": False}], True),
        (True, [{"running": False}], True),
        # One that was started with --userns=host, and one that nobody could look at.
        (True, [{"running": True, "root_is_host_root": False}, {"running": True, "root_is_host_root": True}], False),
        (True, [{"running": True}], False),
        (True, None, False),
        # The engine lists user namespaces, and the kernel maps root to root.
        (False, [{"running": True, "root_is_host_root": True}], False),
        (None, [], False),
    ],
)
def test_the_word_of_the_engine_alone_mitigates_nothing(
    enabled: bool | None, containers: list[Json] | None, mitigated: bool
) -> None:
    host = {**posture("runc", "1.2.7"), "daemon": {"info": {"security_options": {"userns": True, "rootless": False}}}}
    host["userns"] = {"effective": {"enabled": enabled}, "containers": containers}
    assert result_of("CVE-2025-31133", "runc", host)["state"] == ("mitigated" if mitigated else "vulnerable")
    # What needs user namespaces does not vanish over the same doubt.
    host = {**host, **posture("engine", "20.10.2", DOCKER)}
    assert result_of("CVE-2021-21284", "engine", host)["state"] in ("vulnerable", "potentially_vulnerable")


def test_what_needs_user_namespaces_does_not_concern_a_host_without() -> None:
    host = {**posture("engine", "20.10.2", DOCKER), "daemon": {"info": {"security_options": {"userns": False}}}}
    host["userns"] = {"effective": {"enabled": False}, "containers": []}
    assert result_of("CVE-2021-21284", "engine", host)["state"] == "not_applicable"


def test_what_was_not_read_is_unknown() -> None:
    unread = posture("engine", None, None)
    entry = unread["versions"]["components"][0]
    del entry["version"]
    entry["unread"] = {"version": "the engine was not asked"}
    found = result_of("CVE-2026-41567", "engine", unread)
    assert found["state"] == "unknown" and "the engine was not asked" in found["reason"]
    for host in (
        {},
        {"versions": None},
        {"versions": {"components": "x"}},
        {"versions": {"components": [7, {"name": []}]}},
    ):
        document = judging.judge(shipped(), host)
        assert document["counts"]["unknown"] == len(document["results"]) == sum(document["counts"].values())


def test_another_runtime_says_nothing_about_runc() -> None:
    host = posture("crun", "1.21")
    host["versions"]["components"][0]["name"] = "runtime"
    found = result_of("CVE-2024-21626", "runc", host)
    assert found["state"] == "unknown" and "crun" in found["reason"]


def test_a_package_that_is_not_known_is_not_taken_for_upstreams() -> None:
    host = posture("engine", "29.5.0")
    del host["versions"]["components"][0]["package"]
    assert result_of("CVE-2026-41567", "engine", host)["state"] == "potentially_vulnerable"


RECORDED_STATES = [
    ("bookworm", "CVE-2024-41110", "engine", "fixed_by_vendor"),
    ("bookworm", "CVE-2024-21626", "runc", "fixed_by_vendor"),
    ("bookworm", "CVE-2024-45310", "runc", "potentially_vulnerable"),
    ("bookworm", "CVE-2026-34040", "engine", "not_applicable"),
    ("trixie", "CVE-2026-41567", "engine", "potentially_vulnerable"),
    ("trixie", "CVE-2026-41568", "engine", "fixed_by_vendor"),
    ("trixie", "CVE-2025-31133", "runc", "potentially_vulnerable"),
    ("trixie", "CVE-2024-41110", "engine", "fixed_upstream"),
    ("sid", "CVE-2025-31133", "runc", "fixed_upstream"),
    ("sid", "CVE-2026-41567", "engine", "fixed_by_vendor"),
    ("sid", "CVE-2026-92543", "engine", "potentially_vulnerable"),
    ("sid", "CVE-2026-53493", "containerd", "fixed_by_vendor"),
]


@pytest.mark.parametrize(("host", "identifier", "component", "state"), RECORDED_STATES)
def test_recorded_hosts(host: str, identifier: str, component: str, state: str) -> None:
    stored = json.loads((RECORDED / f"{host}.json").read_text(encoding="utf-8"))["posture"]
    assert result_of(identifier, component, stored)["state"] == state


def test_the_shipped_table_has_the_form_that_is_published() -> None:
    content = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    jsonschema.validate(content, SCHEMA)
    assert len(shipped().advisories) == len(content["advisories"]) > 90
    assert set(judging.judge(shipped(), {})["counts"]) == set(STATES)


ONE = """\
advisories_version: 1
updated: "2026-12-01"
advisories:
  - id: CVE-2026-41567
    component: engine
    title: ours
    affected: [{introduced: "0", fixed: "99.0.0"}]
    severity: high
    exploited: true
    source: us
"""


def test_a_file_of_the_site_replaces_and_adds(tmp_path: Path) -> None:
    own = tmp_path / "own.yml"
    own.write_text(ONE + ONE.partition("advisories:\n")[2].replace("41567", "99999"), encoding="utf-8")
    jsonschema.validate(yaml.safe_load(own.read_text(encoding="utf-8")), SCHEMA)
    document = judging.judge(load_advisories([str(own)]), posture("engine", "98.0"))
    found = {one["id"]: one for one in document["results"] if one["title"] == "ours"}
    assert (
        set(found) == {"CVE-2026-41567", "CVE-2026-99999"}
        and len(document["results"]) == len(judging.judge(shipped(), {})["results"]) + 1
    )
    assert {(one["state"], one["severity"], one["exploited"]) for one in found.values()} == {
        ("vulnerable", "high", True)
    }
    assert document["data"][1] == {"file": "own.yml", "updated": "2026-12-01"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("advisories_version: 1", "advisories_version: 2", "line 1, advisories_version: must be 1"),
        ('"2026-12-01"', "soon", "line 2, updated: must be the date"),
        ("component: engine", "component: engin", "line 5, advisories.0.component: .*did you mean engine"),
        ("title: ours", "titel: ours", "line 6, advisories.0.titel: unknown key; did you mean title"),
        ('fixed: "99.0.0"', "fixed: 99.0", "fixed: must be a version as text"),
        ('fixed: "99.0.0"', "fixd: null", "unknown key; did you mean fixed"),
        ('introduced: "0"', 'introduced: "100"', "fixed must be a later version"),
        ("severity: high", "severity: bad", "severity: must be one of critical"),
        ("exploited: true", "exploited: often", "exploited: must be true, false or null"),
        ("source: us", "applies_when: [rain]", "needs the key source"),
        ("source: us", "source: us\n    applies_when: [rain]", "applies_when.0: must be one of"),
        ("id: CVE-2026-41567", "id: 'a b'", "id: must be a name such as"),
        ("advisories:\n", "advisories: {}\n#", "line 3, advisories: must be a list"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_file_is_said_with_its_place(tmp_path: Path, old: str, new: str, message: str) -> None:
    own = tmp_path / "own.yml"
    text = (
        ONE.replace(old, new, 1) if old != "advisories:\n" else ONE.partition("advisories:\n")[0] + "advisories: {}\n"
    )
    own.write_text(text, encoding="utf-8")
    with pytest.raises(BenchmarkError, match=f"own.yml.*{message}"):
        load_advisories([str(own)])


def test_an_advisory_stands_once_in_a_file(tmp_path: Path) -> None:
    own = tmp_path / "own.yml"
    own.write_text(ONE + ONE.partition("advisories:\n")[2], encoding="utf-8")
    with pytest.raises(BenchmarkError, match="CVE-2026-41567 is defined twice for engine"):
        load_advisories([str(own)])
