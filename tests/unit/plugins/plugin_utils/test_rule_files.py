# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rule files: what is wrong in one is said with file, line and key."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark import loader
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.errors import BenchmarkError
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.loader import (
    load_benchmark,
    select_rules,
    selected,
)

GOOD = """\
benchmarks:
  acme-1:
    title: ACME
    sections: {"1": Everything}
rules:
  - rule: acme-engine-name
    numbers: {acme-1: "1.1"}
    level: 1
    title: The engine is called right
    subjects: host
    decide:
      - pass: starts_with(host.daemon.info.name, 'acme')
        because: it is
      - otherwise: fail
    found: {name: host.daemon.info.name}
    expected: a name of ours
    why: Because.
    remedy: {summary: Rename it., impact: none}
"""


def write(folder: Path, text: str) -> str:
    path = folder / "rules.yml"
    path.write_text(textwrap.dedent(text), encoding="utf-8")
    return str(path)


def test_a_benchmark_of_a_user(tmp_path: Path) -> None:
    benchmark = load_benchmark("acme-1", [write(tmp_path, GOOD)])
    assert (benchmark.title, [rule.slug for rule in benchmark.rules]) == ("ACME", ["acme-engine-name"])
    assert benchmark.rules[0].source.endswith("rules.yml, line 6")


def test_a_rule_of_a_user_in_the_shipped_benchmark(tmp_path: Path) -> None:
    text = GOOD.replace('{acme-1: "1.1"}', '{acme-1: "1.1", cis-1.8.0: "8.1"}')
    assert load_benchmark("cis-1.8.0", [write(tmp_path, text)]).rules[-1].slug == "acme-engine-name"


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("level: 1", "level: 3", 8, "rules.0.level: must be 1 or 2"),
        ("level: 1", "levle: 1", 8, "rules.0.levle: unknown key; did you mean level?"),
        ("    title: The engine is called right\n", "", 6, "rules.0: needs the key title"),
        ("title: The engine is called right", "title: ''", 9, "rules.0.title: must be text"),
        ('"1.1"', "1.1", 7, 'rules.0.numbers.acme-1: must be text; quote it: "2.10"'),
        ('acme-1: "1.1"', 'acme-2: "1.1"', 7, "no benchmark acme-2 is defined; did you mean acme-1?"),
        ("subjects: host", "subjects: hosts", 10, "rules.0.subjects: must be one of host, container"),
        ("host.daemon.info.name, 'acme'", "host.daemon.info.name, 'acme", 12, "rules.0.decide.0.pass: .* is not valid"),
        ("host.daemon.info.name, 'acme'", "engine.name, 'acme'", 12, "starts at 'engine'"),
        ("starts_with(", "begins_with(", 12, r"rules.0.decide.0.pass: .* calls begins_with\(\)"),
        ("pass: starts", "passed: starts", 12, "rules.0.decide.0: an entry has one of pass, fail"),
        ("- otherwise: fail", "- fail: host.x", 14, "rules.0.decide.1: the last entry is otherwise: VERDICT"),
        ("otherwise: fail", "otherwise: unknown", 14, "rules.0.decide.1: otherwise is one of"),
        ("otherwise: fail", "otherwise: manual", 6, "rules.0: can answer manual, so it needs look_at"),
        ("impact: none", "impact: small", 18, "rules.0.remedy: needs an impact"),
        ("summary:", "sumary:", 18, "rules.0.remedy.sumary: unknown key; did you mean summary?"),
        ("found: {name: host", "found: {name: !host.a.b || host", 15, "rules.0.found.name: "),
        ("rules:", "rule:", 5, "rule: unknown key; a rule file has the keys"),
        ("rule: acme-engine-name", "rule: daemon-rootless", 6, "daemon-rootless is defined already, in .*2-daemon.yml"),
        ("    level: 1\n", "    level: 1\n    level: 2\n", 9, "level: this key stands twice"),
        ("    title: ACME", "   title: ACME", 4, "this is not valid YAML"),
    ],
)
def test_errors_name_file_line_and_key(tmp_path: Path, old: str, new: str, line: int, message: str) -> None:
    assert old in GOOD
    text = GOOD.replace(old, new, 1)
    if "!host" in text:
        text = text.replace("{name: !host.a.b || host.daemon.info.name}", "{name: '!host.a.b'}")
    path = write(tmp_path, text)
    with pytest.raises(BenchmarkError, match=message) as caught:
        load_benchmark("acme-1", [path])
    assert str(caught.value).startswith(f"{path}, line {line}")


def test_all_wrong_rules_are_named_at_once(tmp_path: Path) -> None:
    second = GOOD[GOOD.index("  - rule") :].replace("acme-engine-name", "acme-other").replace('"1.1"', '"1.2"')
    path = write(tmp_path, (GOOD + second).replace("level: 1", "level: 3"))
    with pytest.raises(BenchmarkError, match=r"^2 faults: \(1\) .*, line 8, .* \(2\) .*rules.1.level: must be 1 or 2"):
        load_benchmark("acme-1", [path])


def test_two_rules_with_one_number(tmp_path: Path) -> None:
    second = GOOD[GOOD.index("  - rule") :].replace("acme-engine-name", "acme-other")
    with pytest.raises(BenchmarkError, match="acme-1 number 1.1 is taken by acme-engine-name"):
        load_benchmark("acme-1", [write(tmp_path, GOOD + second)])


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(BenchmarkError, match="missing.yml cannot be read: No such file"):
        load_benchmark("cis-1.8.0", [str(tmp_path / "missing.yml")])
    with pytest.raises(BenchmarkError, match="a rule file is a mapping"):
        load_benchmark("cis-1.8.0", [write(tmp_path, "- 1\n")])


def test_a_benchmark_that_does_not_exist() -> None:
    with pytest.raises(BenchmarkError, match="no benchmark cis-1.9.0; did you mean cis-1.*There is: cis-1.6.0"):
        load_benchmark("cis-1.9.0")


def test_profiles_and_selectors() -> None:
    benchmark = load_benchmark("cis-1.8.0")
    first = select_rules(benchmark, "level1")
    assert {rule.level for rule in first.rules} == {1}
    assert len(select_rules(benchmark, "level2").rules) == 118
    assert [rule.slug for rule in select_rules(benchmark, "level2", ["2.10", "daemon-rootless"]).rules] == [
        "daemon-rootless",
        "daemon-userns-remap",
    ]
    # 2.1 is a rule and not the section of 2.10.
    assert selected(benchmark, ["2.1"]) == {"daemon-rootless"}
    assert len(selected(benchmark, ["1.1"])) == 18
    assert len(select_rules(benchmark, "level2", ["5"], ["5.1", "docker-socket-not-mounted"]).rules) == 30
    assert selected(benchmark, ["level2"]) == {rule.slug for rule in benchmark.rules if rule.level == 2}


@pytest.mark.parametrize(
    ("wanted", "message"),
    [("daemon-rootles", "did you mean daemon-rootless?"), ("2.20", "has no rule 2.20"), ("9", "has no rule 9")],
)
def test_a_selector_that_names_nothing(wanted: str, message: str) -> None:
    with pytest.raises(BenchmarkError, match=message):
        select_rules(load_benchmark("cis-1.8.0"), "level1", [wanted])
    with pytest.raises(BenchmarkError, match=message):
        select_rules(load_benchmark("cis-1.8.0"), "level1", skipped=[wanted])


def test_a_profile_that_does_not_exist() -> None:
    with pytest.raises(BenchmarkError, match="no profile level3; did you mean level"):
        select_rules(load_benchmark("cis-1.8.0"), "level3")


def test_the_schema_has_the_keys_that_a_rule_may_have() -> None:
    schema = json.loads((Path(__file__).parents[4] / "docs" / "schemas" / "rules-1.json").read_text(encoding="utf-8"))
    rule = schema["$defs"]["rule"]["properties"]
    assert set(rule["remedy"]["properties"]) == set(loader._REMEDY_KEYS)
    assert set(rule["remedy"]["properties"]["impact"]["enum"]) == set(loader.IMPACTS)
    assert set(rule) == {*loader._REQUIRED, *loader._OPTIONAL}
