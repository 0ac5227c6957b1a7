# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of rules without those that ship: what is read of a rule, each thing that may be wrong in one, and which are chosen."""

from __future__ import annotations

import copy
import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark import loader
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.errors import BenchmarkError
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.model import Benchmark

Json = dict[str, t.Any]
BENCHMARKS: Json = {"a": {"title": "title of a", "sections": {"1": "first", "10": "tenth"}}}


def rule(slug: str = "one", number: str = "1.1", **more: t.Any) -> Json:
    return {
        "rule": slug,
        "numbers": {"a": number},
        "level": 1,
        "title": f" title of {slug} ",
        "subjects": "host",
        "decide": [{"fail": "host.bad", "because": "it is bad"}, {"otherwise": "pass"}],
        "expected": " expected ",
        "why": " why ",
        **more,
    }


@pytest.fixture(autouse=True)
def _nothing_ships(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loader, "SHIPPED", tmp_path / "shipped")


class Files:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def of(self, *documents: t.Any) -> list[str]:
        paths = [self.folder / f"{number}.yml" for number in range(len(documents))]
        for path, document in zip(paths, documents, strict=True):
            path.write_text(json.dumps(document, indent=1), encoding="utf-8")
        return [str(path) for path in paths]

    def load(self, *rules: Json, wanted: str = "a") -> Benchmark:
        return loader.load_benchmark(wanted, self.of({"benchmarks": BENCHMARKS, "rules": list(rules)}))

    def refused(self, *documents: t.Any) -> str:
        with pytest.raises(BenchmarkError) as caught:
            loader.load_benchmark("a", self.of(*documents))
        return str(caught.value)


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def test_all_of_a_rule_is_read(files: Files) -> None:
    whole = rule(
        select="host.mine",
        found={"name": "host.name"},
        look_at=" look ",
        remedy={"summary": "Mend it.", "impact": "restart"},
        references={"nist": ["AC-6"]},
    )
    (one,) = files.load(whole).rules
    assert (one.slug, one.title, one.numbers, one.level, one.subjects) == (
        "one",
        "title of one",
        {"a": "1.1"},
        1,
        "host",
    )
    assert (one.expected, one.why, one.look_at) == ("expected", "why", "look")
    assert one.select is not None and one.select.text == "host.mine"
    assert {name: expression.text for name, expression in one.found.items()} == {"name": "host.name"}
    assert [(c.verdict, c.condition and c.condition.text, c.because) for c in one.clauses] == [
        ("fail", "host.bad", "it is bad"),
        ("pass", None, None),
    ]
    assert one.remedy == {"summary": "Mend it.", "impact": "restart"} and one.references == {"nist": ["AC-6"]}
    assert one.source.startswith(f"{files.folder}/0.yml, line ")


def test_what_a_rule_need_not_have(files: Files) -> None:
    (one,) = files.load(rule()).rules
    assert (one.select, one.found, one.look_at, one.remedy, one.references) == (None, {}, None, None, {})
    manual = rule(decide=[{"otherwise": "manual", "because": "look"}], look_at="what to look at")
    assert files.load(manual).rules[0].clauses[0].verdict == "manual"
    (one,) = files.load(rule(found=None, remedy=None)).rules
    assert (one.found, one.remedy) == ({}, None)


def test_rules_come_in_the_order_of_their_numbers_and_others_are_known(files: Files) -> None:
    second = {"benchmarks": {"b": {"title": "b", "sections": {"2": "s", "3": "t"}}}}
    rules = [rule(f"r{number}", number) for number in ("1.10", "10.1", "1.9", "1.9.1")]
    other = rule("other", "2.1")
    other["numbers"] = {"b": "2.1"}
    paths = files.of({"benchmarks": BENCHMARKS, "rules": rules}, {**second, "rules": [other]})
    benchmark = loader.load_benchmark("a", paths)
    assert (benchmark.id, benchmark.title) == ("a", "title of a")
    assert benchmark.sections == {"1": "first", "10": "tenth"}
    assert [benchmark.number(one) for one in benchmark.rules] == ["1.9", "1.9.1", "1.10", "10.1"]
    assert benchmark.others == {"other"}
    assert loader.load_benchmark("b", paths).others == {one["rule"] for one in rules}
    for wanted, said in (("c", "c."), ("aa", "aa; did you mean a?")):
        with pytest.raises(BenchmarkError) as caught:
            loader.load_benchmark(wanted, paths)
        assert str(caught.value).startswith(f"there is no benchmark {said} There is: a, b.")


def test_what_ships_comes_first(files: Files, tmp_path: Path) -> None:
    folder = tmp_path / "shipped" / "x"
    folder.mkdir(parents=True)
    (folder / "1.yml").write_text(json.dumps({"benchmarks": BENCHMARKS, "rules": [rule()]}), encoding="utf-8")
    assert [one.slug for one in loader.load_benchmark("a").rules] == ["one"]
    said = files.refused({"rules": [rule(number="1.2")]})
    assert f"rules.0.rule: one is defined already, in {folder}/1.yml, line 1" in said


TEXTS = ("rule", "title", "expected", "why", "select", "look_at")


@pytest.mark.parametrize("key", loader._REQUIRED)
def test_each_key_that_a_rule_needs(files: Files, key: str) -> None:
    without = rule()
    del without[key]
    assert f"rules.0: needs the key {key}" in files.refused({"benchmarks": BENCHMARKS, "rules": [without]})


@pytest.mark.parametrize("key", TEXTS)
@pytest.mark.parametrize("value", [5, " ", None, []])
def test_each_text_of_a_rule(files: Files, key: str, value: t.Any) -> None:
    said = files.refused({"benchmarks": BENCHMARKS, "rules": [rule(**{key: value})]})
    assert said.startswith(f"{files.folder}/0.yml, line ") and said.endswith(f", rules.0.{key}: must be text")


VERDICT = "an entry has one of pass, fail, manual, not_applicable"
LAST = "the last entry is otherwise: VERDICT"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"level": 0}, ".level: must be 1 or 2"),
        ({"level": "1"}, ".level: must be 1 or 2"),
        ({"level": True}, ".level: must be 1 or 2"),
        ({"level": 1.0}, ".level: must be 1 or 2"),
        ({"subjects": "hosts"}, ".subjects: must be one of host, container, file, image, network"),
        ({"numbers": {}}, ".numbers: must map a benchmark to a number"),
        ({"numbers": ["a"]}, ".numbers: must map a benchmark to a number"),
        ({"numbers": {"a": 1.1}}, '.numbers.a: must be text; quote it: "2.10"'),
        ({"numbers": {"a": "1.1", "aa": "1.1"}}, ".numbers.aa: no benchmark aa is defined; did you mean a?"),
        ({"found": ["x"]}, ".found: must map a name to an expression"),
        ({"found": {"x": 5}}, ".found.x: must be a JMESPath expression; quote it if it begins oddly"),
        ({"select": "host.a =="}, ".select: 'host.a ==' is not valid JMESPath"),
        ({"decide": []}, ".decide: must be a list of conditions"),
        ({"decide": {"otherwise": "pass"}}, ".decide: must be a list of conditions"),
        ({"decide": ["pass"]}, ".decide.0: must be a mapping such as fail: CONDITION"),
        ({"decide": [{"fail": "host.a", "pass": "host.b"}, {"otherwise": "pass"}]}, f".decide.0: {VERDICT}"),
        ({"decide": [{"because": "x"}, {"otherwise": "pass"}]}, f".decide.0: {VERDICT}"),
        ({"decide": [{"otherwise": "host.a"}, {"otherwise": "pass"}]}, f".decide.0: {VERDICT}"),
        ({"decide": [{"fail": "host.a"}]}, f".decide.0: {LAST}"),
        ({"decide": [{"otherwise": "waived"}]}, ".decide.0: otherwise is one of pass, fail, manual, not_applicable"),
        ({"decide": [{"otherwise": "pass", "because": 5}]}, ".decide.0: because must be text"),
        ({"decide": [{"fail": 5}, {"otherwise": "pass"}]}, ".decide.0.fail: must be a JMESPath expression"),
        ({"decide": [{"manual": "host.a"}, {"otherwise": "pass"}]}, ": can answer manual, so it needs look_at"),
        ({"remedy": "Mend it."}, ".remedy: must be a mapping"),
        ({"remedy": {}}, ".remedy: needs a summary"),
        ({"remedy": {"summary": 5, "impact": "none"}}, ".remedy: needs a summary"),
        ({"remedy": {"summary": "x"}}, ".remedy: needs an impact: one of none, reload, restart, disruptive"),
        ({"remedy": {"summary": "x", "impact": "none", "fil": 1}}, ".remedy.fil: unknown key; did you mean file?"),
        ({"references": {"nist": []}}, ".references.nist: must be a list of identifiers"),
        ({"references": {"zzz": []}}, ".references.zzz: unknown catalogue. There is: nist, cci, "),
        ({"references": {"nits": []}}, ".references.nits: unknown catalogue; did you mean nist? There is: nist, cci, "),
        ({"references": {"nist": ["x"]}}, ".references.nist.0: is no identifier such as AC-6 (8), quoted"),
        ({"fuond": {}}, ".fuond: unknown key; did you mean found?"),
    ],
)
def test_each_thing_that_may_be_wrong_in_a_rule(files: Files, change: Json, said: str) -> None:
    found = files.refused({"benchmarks": BENCHMARKS, "rules": [rule("first", "1.9"), rule(**change)]})
    assert f", rules.1{said}" in found and found.startswith(f"{files.folder}/0.yml, line ")


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], "the document: a rule file is a mapping with the keys benchmarks and rules"),
        ({"rule": []}, "rule: unknown key; a rule file has the keys benchmarks and rules"),
        ({"benchmarks": []}, None),
        ({"benchmarks": ["a"]}, "benchmarks: must map an id to title and sections"),
        ({"benchmarks": {"a": "x"}}, "benchmarks.a: must have a title and sections"),
        ({"benchmarks": {"a": {"title": 5, "sections": {}}}}, "benchmarks.a: needs a title"),
        ({"benchmarks": {"a": {"title": "x"}}}, "benchmarks.a: needs sections, a map of number to title"),
        ({"rules": {"a": 1}}, "rules: must be a list"),
        ({"rules": ["x"]}, "rules.0: a rule is a mapping"),
    ],
)
def test_each_thing_that_may_be_wrong_in_a_file(files: Files, document: t.Any, said: str | None) -> None:
    found = files.refused({"benchmarks": copy.deepcopy(BENCHMARKS) if said else {}}, document)
    assert found.endswith(said) if said is not None else found.startswith("there is no benchmark a")


def test_two_rules_with_one_name_or_number(files: Files) -> None:
    first = rule("first", "1.9")
    said = files.refused({"benchmarks": BENCHMARKS, "rules": [first, rule("first", "1.2")]})
    assert ", rules.1.rule: first is defined already, in " in said
    said = files.refused({"benchmarks": BENCHMARKS, "rules": [first, rule("second", "1.9")]})
    assert ": a number 1.9 is taken by first (" in said


def slugs(benchmark: Benchmark) -> list[str]:
    return [one.slug for one in benchmark.rules]


def test_rules_are_chosen_by_level_name_number_section_and_reference(files: Files) -> None:
    benchmark = files.load(
        rule("one", "1.1", references={"nist": ["AC-6"]}),
        rule("two", "1.2", level=2),
        rule("three", "1.10"),
        rule("four", "10.1"),
    )
    everything = ["one", "two", "three", "four"]
    assert slugs(loader.select_rules(benchmark, "level1")) == ["one", "three", "four"]
    assert slugs(loader.select_rules(benchmark, "level2")) == everything
    for selectors, found in (
        (["one"], ["one"]),
        (["1.1"], ["one"]),
        (["1"], ["one", "two", "three"]),
        (["10"], ["four"]),
        (["level2"], ["two"]),
        (["nist:ac-6"], ["one"]),
        (["four", "1.2"], ["two", "four"]),
        ([1], ["one", "two", "three"]),
    ):
        assert slugs(loader.select_rules(benchmark, "level2", selectors)) == found
        left = [slug for slug in everything if slug not in found]
        assert slugs(loader.select_rules(benchmark, "level2", (), selectors)) == left
    assert slugs(loader.select_rules(benchmark, "level1", ["1"], ["three"])) == ["one"]
    assert loader.select_rules(benchmark, "level2", ["one"]).sections == benchmark.sections
    for selector, said in (
        ("onee", "a has no rule onee; did you mean one?"),
        ("1.3", "a has no rule 1.3"),
        ("level3", "a has no rule level3"),
        ("nist:AC-7", "a has no rule that refers to nist:AC-7; did you mean nist:AC-6?"),
    ):
        with pytest.raises(BenchmarkError) as caught:
            loader.selected(benchmark, ["one", selector])
        assert str(caught.value).startswith(said)
    for profile in ("level3", "1", ""):
        with pytest.raises(BenchmarkError, match=f"^there is no profile {profile}"):
            loader.select_rules(benchmark, profile)
