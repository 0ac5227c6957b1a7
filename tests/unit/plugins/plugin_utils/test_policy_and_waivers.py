# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The site's choices, accepted faults, and what both make of a finding."""

from __future__ import annotations

import datetime
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.errors import BenchmarkError
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.evaluate import evaluate
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.loader import load_benchmark
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.policy import policy_with
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.waivers import load_waivers
from ansible_collections.seawall.docker.tests.support.postures import posture_in

BENCHMARK = load_benchmark("cis-1.8.0")
DAY = datetime.date(2027, 1, 31)


def waiver(**changes: t.Any) -> dict[str, t.Any]:
    return {"rule": "container-not-privileged", "reason": "builds", "owner": "ci", "expires": "2027-01-31", **changes}


def findings(*waivers: dict[str, t.Any], day: datetime.date = DAY, base: str = "bad") -> dict[str, t.Any]:
    loaded = load_waivers(BENCHMARK, [], waivers)
    return evaluate(posture_in(base=base), BENCHMARK, policy_with({}), "host1", loaded, day)


def status(document: dict[str, t.Any], rule: str) -> str:
    return next(str(one["status"]) for one in document["findings"] if one["rule"] == rule)


def test_every_policy_key_is_described_and_has_a_default() -> None:
    for key, value in policy_with({}).items():
        assert isinstance(value, (bool, int, str, list)), key


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"trusted_docker_user": []}, "has no key trusted_docker_user; did you mean trusted_docker_users?"),
        ({"trusted_docker_users": "bob"}, "audit_policy.trusted_docker_users must be a list"),
        ({"unused_images_limit": "10"}, "audit_policy.unused_images_limit must be a number"),
        ({"unused_images_limit": True}, "audit_policy.unused_images_limit must be a number"),
        ({"swarm_expected": 1}, "audit_policy.swarm_expected must be true or false"),
        ({"minimum_engine_version": 28.5}, "audit_policy.minimum_engine_version must be text"),
        ({"allowed_ports": [{"port": 1}]}, "audit_policy.allowed_ports must be a list"),
    ],
)
def test_wrong_policy(chosen: dict[str, t.Any], message: str) -> None:
    with pytest.raises(BenchmarkError, match=message):
        policy_with(chosen)


def test_a_finding_says_which_policy_decided() -> None:
    document = findings(base="good")
    ports = next(one for one in document["findings"] if one["rule"] == "container-no-privileged-ports")
    assert ports["policy"] == ["allowed_privileged_ports"]


def test_a_waived_fault_stays_visible_and_counts_apart() -> None:
    document = findings(waiver())
    finding = next(one for one in document["findings"] if one["rule"] == "container-not-privileged")
    assert finding["status"] == "waived"
    web = next(one for one in finding["subjects"] if one["name"] == "web")
    assert (web["verdict"], web["waiver"]["reason"], web["waiver"]["expired"]) == ("waived", "builds", False)
    assert document["counts"]["waived"] == 1
    assert document["unused_waivers"] == []


def test_a_waiver_holds_on_its_last_day_and_not_on_the_next() -> None:
    assert status(findings(waiver(), day=DAY), "container-not-privileged") == "waived"
    late = findings(waiver(), day=DAY + datetime.timedelta(days=1))
    assert status(late, "container-not-privileged") == "fail"
    # It did match something, so it is not unused; the fault says that its waiver has expired.
    assert late["unused_waivers"] == []


def test_a_waiver_for_one_container_leaves_the_others_failing() -> None:
    document = findings(waiver(rule="container-health-checked", subject="other*"))
    assert status(document, "container-health-checked") == "fail"
    assert [one["subject"] for one in document["unused_waivers"]] == ["other*"]


def test_a_waiver_for_another_host_is_none_that_this_host_does_not_need() -> None:
    assert findings(waiver(host="host2"))["unused_waivers"] == []


@pytest.mark.parametrize("changes", [{"subject": "db"}, {"rule": "daemon-no-devicemapper"}])
def test_a_waiver_that_matches_nothing_is_reported(changes: dict[str, str]) -> None:
    document = findings(waiver(**changes))
    assert len(document["unused_waivers"]) == 1


def test_a_waiver_for_what_does_not_fail_is_unused() -> None:
    assert len(findings(waiver(), base="good")["unused_waivers"]) == 1


def test_a_waiver_by_number_and_by_section() -> None:
    assert status(findings(waiver(rule="5.5")), "container-not-privileged") == "waived"
    document = findings(waiver(rule="3", subject="*"))
    assert {one["status"] for one in document["findings"] if one["section"] == "3"} == {"waived"}


@pytest.mark.parametrize(
    ("entry", "line", "message"),
    [
        ("rule: nope\n  reason: a\n  owner: b\n  expires: 2027-01-31", 2, "0.rule: cis-1.8.0 has no rule nope"),
        ("rule: '5.5'\n  owner: b\n  expires: 2027-01-31", 2, "0.reason: a waiver needs reason"),
        ("rule: '5.5'\n  reason: ' '\n  owner: b\n  expires: 2027-01-31", 3, "0.reason: a waiver needs reason"),
        ("rule: '5.5'\n  reason: a\n  expires: 2027-01-31", 2, "0.owner: a waiver needs owner"),
        ("rule: '5.5'\n  reason: a\n  owner: b", 2, "0.expires: a waiver needs a day"),
        ("rule: '5.5'\n  reason: a\n  owner: b\n  expires: 2027-02-30", 5, r"0.expires: 2027-02-30 is no day \(day "),
        ("rule: '5.5'\n  reason: a\n  owner: b\n  expires: never", 5, "0.expires: never is no day"),
        (
            "rule: '5.5'\n  reason: a\n  owner: b\n  expires: 2027-01-31\n  subjct: a",
            6,
            "0.subjct: unknown key; did you mean subject?",
        ),
    ],
)
def test_wrong_waivers_are_errors_with_file_and_line(tmp_path: Path, entry: str, line: int, message: str) -> None:
    path = tmp_path / "waivers.yml"
    path.write_text(f"---\n- {entry}\n", encoding="utf-8")
    with pytest.raises(BenchmarkError, match=message) as caught:
        load_waivers(BENCHMARK, [str(path)])
    assert str(caught.value).startswith(f"{path}, line {line}")


def test_all_wrong_waivers_are_named_at_once(tmp_path: Path) -> None:
    first, second = tmp_path / "first.yml", tmp_path / "second.yml"
    good = "{rule: '5.5', reason: a, owner: b, expires: 2027-01-31}"
    first.write_text(f"- {good}\n- {{rule: '5.5', owner: b, expires: 2027-01-31}}\n- {good}\n- 7\n", encoding="utf-8")
    second.write_text(f"- {good[:-1]}, oner: c}}\n", encoding="utf-8")
    with pytest.raises(BenchmarkError) as caught:
        load_waivers(BENCHMARK, [str(first), str(second)])
    message = str(caught.value)
    assert message.startswith(f"3 faults: (1) {first}, line 2, ")
    assert f"(2) {first}, line 4, " in message and f"(3) {second}, line 1, " in message
    with pytest.raises(BenchmarkError, match=r"^30 faults: .*\(20\) .* And 10 more\.$"):
        load_waivers(BENCHMARK, [], [7] * 30)


def test_everything_that_is_wrong_in_one_waiver_is_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "waivers.yml"
    path.write_text(
        "- rule: container-not-priviledged\n  owner: b\n  subjct: web\n  labels: {a: b}\n  expires: 2027-13-30\n"
        "- rule: '5.5'\n  reason: a\n  owner: b\n  expires: 30.6.2027\n",
        encoding="utf-8",
    )
    with pytest.raises(BenchmarkError) as caught:
        load_waivers(BENCHMARK, [str(path)])
    message = str(caught.value)
    assert message.startswith("6 faults: ")
    for place in (
        "line 3, 0.subjct: unknown key; did you mean subject?",
        "line 1, 0.reason: a waiver needs reason",
        "line 4, 0.labels: must be a list of label names",
        "line 5, 0.expires: 2027-13-30 is no day (month must be in 1..12); write one such as 2027-01-31",
        "line 1, 0.rule: cis-1.8.0 has no rule container-not-priviledged; did you mean container-not-privileged?",
        "line 9, 1.expires: 30.6.2027 is no day",
    ):
        assert place in message, message


def test_everything_that_is_wrong_in_the_policy_or_the_form_of_a_file_is_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(
        BenchmarkError, match=r"^2 faults: \(1\) audit_policy has no key memory.* \(2\) .*trusted_docker_users"
    ):
        policy_with({"memory": "512m", "trusted_docker_users": "deploy"})
    path = tmp_path / "waivers.yml"
    path.write_text("- {rule: a, rule: b}\n- {rule: !!int x, owner: b, owner: c}\n", encoding="utf-8")
    with pytest.raises(
        BenchmarkError, match=r"^3 faults: \(1\) .*line 1, rule.* twice\. \(2\) .*line 2, 1.rule.* \(3\) .*owner"
    ):
        load_waivers(BENCHMARK, [str(path)])


def test_a_relative_path_that_leads_nowhere_is_said_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        BenchmarkError, match=rf"^files/waivers.yml \({tmp_path}/files/waivers.yml\) cannot be read: No such"
    ):
        load_waivers(BENCHMARK, ["files/waivers.yml"])
    with pytest.raises(BenchmarkError, match=rf"^rules.yml \({tmp_path}/rules.yml\) cannot be read: No such"):
        load_benchmark("cis-1.8.0", ["rules.yml"])


def test_waivers_in_a_file_under_their_key(tmp_path: Path) -> None:
    path = tmp_path / "waivers.yml"
    path.write_text("waivers:\n  - {rule: '5.5', reason: a, owner: b, expires: 2027-01-31}\n", encoding="utf-8")
    assert load_waivers(BENCHMARK, [str(path)])[0].source == f"{path}, line 2"


def test_every_waiver_of_files_and_variables_is_read_with_all_that_it_says(tmp_path: Path) -> None:
    path = tmp_path / "waivers.yml"
    path.write_text("- {rule: '5.5', reason: ' a ', owner: ' b ', expires: 2027-01-31}\n", encoding="utf-8")
    more = waiver(host="web*", subject="db", image="db:*", labels=["owner"], expires="2028-02-29")
    of_file, first, second = (one.document() for one in load_waivers(BENCHMARK, [str(path)], [waiver(), more]))
    assert of_file == {
        "rule": "5.5",
        "host": "*",
        "subject": "*",
        "image": None,
        "labels": [],
        "reason": "a",
        "owner": "b",
        "expires": "2027-01-31",
        "source": f"{path}, line 1",
    }
    assert first == {**of_file, **waiver(), "source": "audit_waivers, line 1"}
    assert second == {**first, **more}
    assert load_waivers(BENCHMARK, [], []) == []
    path.write_text("waivers: []\nmore: []\n", encoding="utf-8")
    with pytest.raises(BenchmarkError, match="must be a list of waivers"):
        load_waivers(BENCHMARK, [str(path)])


@pytest.mark.parametrize(
    ("benchmark", "rule"),
    [
        ("supply-chain-1", "container-not-privileged"),
        ("cis-1.8.0", "container-image-pinned"),
        ("cis-1.6.0", "daemon-no-devicemapper"),
    ],
)
def test_a_waiver_for_a_rule_of_another_benchmark_applies_to_nothing(benchmark: str, rule: str) -> None:
    """One file of waivers serves audits against all benchmarks."""
    judged = load_benchmark(benchmark)
    loaded = load_waivers(judged, [], [waiver(rule=rule, labels=["builder"])])
    document = evaluate(posture_in(base="bad"), judged, policy_with({}), "host1", loaded, DAY)
    assert document["counts"]["waived"] == 0 and document["unused_waivers"] == []


def test_a_posture_of_another_version_is_refused() -> None:
    with pytest.raises(ValueError, match="no posture of version 1"):
        evaluate({"posture_version": 2}, BENCHMARK, policy_with({}), "host1")


def test_the_same_posture_gives_the_same_findings() -> None:
    assert findings() == findings()
    numbers = [one["number"] for one in findings()["findings"]]
    assert numbers.index("2.9") < numbers.index("2.10")


def test_long_evidence_is_shortened() -> None:
    posture = posture_in()
    posture["containers"][0]["capabilities"]["added"] = ["X" * 9999] * 500
    document = evaluate(posture, BENCHMARK, policy_with({}), "host1")
    found = next(one for one in document["findings"] if one["rule"] == "container-capabilities-restricted")
    added = found["subjects"][0]["found"]["added"]
    assert len(added) == 51 and len(added[0]) == 501


IMAGE_ID = "sha256:" + "5" * 64


def waived_with(facts: dict[str, t.Any], **conditions: t.Any) -> bool:
    """Whether a waiver with conditions holds for the bad container, whose facts are changed; None takes one away."""
    posture = posture_in(base="bad")
    container = posture["containers"][0]
    container.update(image="registry.example/build:1", image_id=IMAGE_ID, label_names=["com.example.builder", "owner"])
    for key, value in facts.items():
        container[key] = value
        if value is None:
            del container[key]
    loaded = load_waivers(BENCHMARK, [], [waiver(subject=container["name"], **conditions)])
    document = evaluate(posture, BENCHMARK, policy_with({}), "host1", loaded, DAY)
    assert len(document["unused_waivers"]) == (0 if status(document, "container-not-privileged") == "waived" else 1)
    return status(document, "container-not-privileged") == "waived"


@pytest.mark.parametrize(
    ("conditions", "holds"),
    [
        ({}, True),
        ({"image": "registry.example/build:*"}, True),
        ({"image": "*/other:*"}, False),
        ({"image": IMAGE_ID}, True),
        ({"image": "sha256:5555*"}, True),
        ({"image": "sha256:6*"}, False),
        ({"labels": ["com.example.builder"]}, True),
        ({"labels": ["com.example.*", "owner"]}, True),
        ({"labels": ["com.example.builder", "absent"]}, False),
        ({"image": IMAGE_ID, "labels": ["absent"]}, False),
    ],
)
def test_a_stranger_with_the_waived_name_is_not_waived(conditions: dict[str, t.Any], holds: bool) -> None:
    assert waived_with({}, **conditions) is holds


@pytest.mark.parametrize(
    ("facts", "conditions"),
    [
        ({"image": None, "image_id": None}, {"image": "*"}),
        ({"image_id": None}, {"image": "sha256:*"}),
        ({"label_names": None}, {"labels": ["*"]}),
        ({"label_names": "com.example.builder"}, {"labels": ["*"]}),
        ({"image_id": 5}, {"image": "sha256:*"}),
        # A name that looks like an id is none.
        ({"image": "sha256:" + "6" * 64}, {"image": "sha256:6*"}),
    ],
)
def test_a_condition_that_cannot_be_checked_is_not_met(facts: dict[str, t.Any], conditions: dict[str, t.Any]) -> None:
    assert not waived_with(facts, **conditions)


def test_a_condition_on_the_image_of_an_image() -> None:
    posture = posture_in(base="bad")
    image = posture["images"][0]
    image["digests"] = [f"registry.example/other@sha256:{'2' * 64}"]
    for pattern, holds in (
        (image["id"], True),
        (image["name"], True),
        (image["digests"][0], True),
        ("registry.example/other@*", True),
        ("sha256:nothing", False),
    ):
        entry = waiver(rule="4", image=pattern)
        document = evaluate(posture, BENCHMARK, policy_with({}), "host1", load_waivers(BENCHMARK, [], [entry]), DAY)
        finding = next(one for one in document["findings"] if one["rule"] == "image-healthcheck")
        assert ("waived" in [one["verdict"] for one in finding["subjects"]]) is holds, pattern


@pytest.mark.parametrize(
    ("more", "line", "message"),
    [
        ("image: 5", 6, "0.image: must be a shell pattern, as text"),
        ("image: ' '", 6, "0.image: must be a shell pattern for an image"),
        ("labels: builder", 6, "0.labels: must be a list of label names"),
        ("labels: []", 6, "0.labels: must be a list of label names"),
        ("labels: ['']", 6, "0.labels: must be a list of label names"),
        ("labels: [5]", 6, "0.labels: must be a list of label names"),
        ("labels: {owner: ci}", 6, "0.labels: must be a list of label names; values of labels are never read"),
        ("label: [a]", 6, "0.label: unknown key; did you mean labels?"),
    ],
)
def test_wrong_conditions_are_errors_with_file_and_line(tmp_path: Path, more: str, line: int, message: str) -> None:
    path = tmp_path / "waivers.yml"
    path.write_text(f"---\n- rule: '5.5'\n  reason: a\n  owner: b\n  expires: 2027-01-31\n  {more}\n", encoding="utf-8")
    with pytest.raises(BenchmarkError, match=message) as caught:
        load_waivers(BENCHMARK, [str(path)])
    assert str(caught.value).startswith(f"{path}, line {line}")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rule": "2.2", "image": "a"}, "2.2 is not about containers or images; take image out"),
        ({"rule": "4.6", "labels": ["a"]}, "4.6 is not about containers; take labels out"),
    ],
)
def test_a_condition_that_no_subject_can_meet_is_an_error(changes: dict[str, t.Any], message: str) -> None:
    with pytest.raises(BenchmarkError, match=message):
        load_waivers(BENCHMARK, [], [waiver(**changes)])
