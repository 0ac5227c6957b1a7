# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the findings of a host come about, by rules made for it: verdicts, their reasons, evidence, waivers, and what else is said."""

from __future__ import annotations

import datetime
import types
import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark import evaluate
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.expressions import Expression
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.model import Benchmark, Clause, Rule
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.shape import PostureError
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.waivers import Waiver

Json = dict[str, t.Any]
DAY = datetime.date(2027, 1, 31)


def rule(
    *clauses: tuple[str, str | None, str | None],
    slug: str = "one",
    number: str = "1.1",
    subjects: str = "container",
    select: str | None = None,
    found: t.Mapping[str, str] | None = None,
    level: int = 1,
) -> Rule:
    """A rule with clauses (verdict, condition, because), of which the last has no condition."""
    return Rule(
        slug=slug,
        title=f"title of {slug}",
        numbers={"b": number},
        level=level,
        subjects=subjects,
        select=None if select is None else Expression(select),
        clauses=tuple(
            Clause(verdict, None if condition is None else Expression(condition), because)
            for verdict, condition, because in clauses
        ),
        found={name: Expression(text) for name, text in (found or {}).items()},
        expected=f"expected by {slug}",
        why=f"why {slug}",
        look_at=f"look at {slug}",
        remedy={"summary": f"mend {slug}"},
        references={"nist": ["AC-6"]},
        source="rules.yml, line 1",
    )


BAD = ("fail", "subject.bad", "it is bad")
GOOD = ("pass", None, None)


def benchmark(*rules: Rule) -> Benchmark:
    return Benchmark("b", "title of b", {"1": "first", "2": "second"}, rules)


def container(name: str, **facts: t.Any) -> Json:
    return {"id": f"id of {name}", "name": name, **facts}


def posture(*containers: Json, **more: t.Any) -> Json:
    return {"posture_version": 1, "engine": {"state": "running"}, "containers": list(containers), **more}


def judged(
    of: Json, *rules: Rule, policy: Json | None = None, waivers: t.Sequence[Waiver] = (), host: str = "web1"
) -> Json:
    return evaluate.evaluate(of, benchmark(*rules), policy or {}, host, waivers, DAY)


def finding(of: Json, *rules: Rule, **more: t.Any) -> Json:
    only: Json = judged(of, *rules, **more)["findings"][0]
    return only


def waiver(rules: str = "one", expires: datetime.date = DAY, **more: t.Any) -> Waiver:
    made: Json = {"host": "*", "subject": "*", "reason": "why not", "owner": "ops", "source": "w.yml, line 1", **more}
    return Waiver(rules=frozenset({rules}), rule=rules, expires=expires, **made)


def test_the_document_of_a_host() -> None:
    seen = posture(container("a", bad=True, size=7), container("b", bad=False, size=8))
    seen["unread"] = {"images": "nobody looked"}
    choice = rule(
        ("pass", "policy.wanted == policy.also", None), ("fail", None, None), slug="two", number="2.1", level=2
    )
    document = judged(
        seen, rule(BAD, GOOD, found={"size": "subject.size"}), choice, policy={"wanted": 1, "also": 1, "x": 2}
    )
    assert document["findings_version"] == 1 and document["host"] == "web1"
    assert (document["outcome"], document["error"], document["replay"]) == ("audited", None, None)
    assert document["benchmark"] == {"id": "b", "title": "title of b"}
    assert list(document["policy"].items()) == [("also", 1), ("wanted", 1)]
    assert document["gaps"] == {"images": "nobody looked"} and document["unused_waivers"] == []
    assert document["engine"]["state"] == "running"
    assert document["seen_before"] is None and document["ids"] is None and document["limits"] is None
    assert {key: value for key, value in document["counts"].items() if value} == {"pass": 1, "fail": 1}
    assert document["score"]["percent"] == 50.0 and list(document["score"]["levels"]) == ["1", "2"]
    assert document["score"]["sections"]["2"]["percent"] == 100.0
    assert document["findings"][0] == {
        "rule": "one",
        "number": "1.1",
        "title": "title of one",
        "level": 1,
        "section": "1",
        "section_title": "first",
        "status": "fail",
        "reason": "1 of 2: it is bad",
        "expected": "expected by one",
        "why": "why one",
        "look_at": "look at one",
        "policy": [],
        "references": {"nist": ["AC-6"]},
        "remedy": {"summary": "mend one"},
        "subjects": [
            {
                "type": "container",
                "name": "a",
                "id": "id of a",
                "verdict": "fail",
                "reason": "it is bad",
                "found": {"size": 7},
            },
            {
                "type": "container",
                "name": "b",
                "id": "id of b",
                "verdict": "pass",
                "reason": None,
                "found": {"size": 8},
            },
        ],
    }
    assert document["findings"][1]["policy"] == ["also", "wanted"]


def test_an_engine_that_does_not_run_has_no_score() -> None:
    stopped = {**posture(container("a", bad=False)), "engine": {"state": "stopped"}}
    assert judged(stopped, rule(BAD, GOOD))["score"]["percent"] is None
    assert judged(posture(container("a", bad=False)), rule(BAD, GOOD))["score"]["percent"] == 100.0


def test_a_host_that_was_not_audited() -> None:
    document = evaluate.unaudited("web1", benchmark(rule(BAD, GOOD)), "unreachable", "no route")
    assert {key: document[key] for key in ("counts", "score")} == {
        "counts": dict.fromkeys(("pass", "fail", "waived", "unknown", "manual", "not_applicable"), 0),
        "score": judged(posture())["score"],
    }
    assert {key: value for key, value in document.items() if key not in ("counts", "score")} == {
        "findings_version": 1,
        "host": "web1",
        "outcome": "unreachable",
        "error": "no route",
        "replay": None,
        "benchmark": {"id": "b", "title": "title of b"},
        "engine": None,
        "gaps": {},
        "unused_waivers": [],
        "seen_before": None,
        "findings": [],
    }


def test_what_is_said_of_the_engine() -> None:
    engine = {key: f"the {key}" for key in ("state", "reason", "address", "owner", "user_engines", "other_daemons")}
    whole = posture(
        container("a"),
        engine=engine,
        daemon={
            "versions": {"engine": "28.0.1", "api": "1.48"},
            "process": {"identity": "812/99"},
            "config_file": {"path": "/etc/docker/daemon.json", "state": "invalid", "error": "line 3"},
            "info": {
                "operating_system": "Debian",
                "kernel": "6.1",
                "security_options": {"rootless": False, "userns": True},
            },
        },
    )
    assert evaluate.engine_summary(whole) == {
        **engine,
        "config_fault": "/etc/docker/daemon.json: line 3",
        "process": "812/99",
        "version": "28.0.1",
        "api": "1.48",
        "operating_system": "Debian",
        "kernel": "6.1",
        "containers": 1,
        "rootless": False,
        "userns": True,
    }
    nothing = evaluate.engine_summary({})
    assert set(nothing) == set(evaluate.engine_summary(whole)) and set(nothing.values()) == {None}
    whole["daemon"]["config_file"]["state"] = "ok"
    assert evaluate.engine_summary(whole)["config_fault"] is None


def test_the_first_clause_that_holds_decides() -> None:
    of = rule(BAD, ("manual", "subject.odd", "look"), ("pass", "subject.fine", None), ("not_applicable", None, "else"))
    for facts, verdict, reason in (
        ({"bad": True, "odd": True}, "fail", "it is bad"),
        ({"bad": False, "odd": True}, "manual", "look"),
        ({"bad": False, "odd": False, "fine": True}, "pass", None),
        ({"bad": False, "odd": False, "fine": False}, "not_applicable", "else"),
        # What cannot be told is not passed over for a clause after it.
        ({"odd": True}, "unknown", "subject.bad is not known: the posture does not have it"),
        ({"bad": False, "fine": True}, "unknown", "subject.odd is not known: the posture does not have it"),
    ):
        found = finding(posture(container("a", **facts)), of)
        assert (found["status"], found["reason"]) == (verdict, reason)
        assert (found["subjects"][0]["verdict"], found["subjects"][0]["reason"]) == (verdict, reason)


def test_a_rule_is_about_the_subjects_that_it_selects() -> None:
    of = rule(BAD, GOOD, select="subject.mine")
    found = finding(posture(container("a", mine=True, bad=False), container("b", mine=False, bad=True)), of)
    assert (found["status"], [one["name"] for one in found["subjects"]]) == ("pass", ["a"])
    none = finding(posture(container("b", mine=False, bad=True)), of)
    assert (none["status"], none["subjects"]) == ("not_applicable", [])
    assert none["reason"] == "there is no container that this rule is about"
    # Where it is not known whether the rule is about a subject, the subject is not left out.
    unknown = finding(posture(container("a", mine=True, bad=False), container("b", bad=False)), of)
    assert (unknown["status"], [one["verdict"] for one in unknown["subjects"]]) == ("unknown", ["pass", "unknown"])
    assert unknown["reason"] == "1 of 2: subject.mine is not known: the posture does not have it"


def test_a_rule_about_the_host_sees_the_host_and_the_choices_of_the_site() -> None:
    of = rule(("fail", "host.size > policy.most", "too large"), GOOD, subjects="host", number="3.1")
    for most, status in ((5, "fail"), (9, "pass")):
        found = finding(posture(size=7), of, policy={"most": most})
        assert found["status"] == status and found["section_title"] == ""
        assert [(one["type"], one["name"], one["id"]) for one in found["subjects"]] == [("host", "web1", None)]
    of = rule(("fail", "subject.size > host.size && policy.strict", None), GOOD)
    assert finding(posture(container("a", size=8), size=7), of, policy={"strict": True})["status"] == "fail"


def test_subjects_come_by_name_and_then_by_id() -> None:
    many = posture(*(container(name) for name in ("b", "a", "c")))
    many["images"] = [{"id": f"sha256:{number}", "name": name} for number, name in ((3, "x"), (2, "x"), (9, "w"))]
    many["files"] = [{"path": path, "role": "unit"} for path in ("/z", "/e", "/z")]
    many["networks"] = [{"id": "n1", "name": "bridge"}]

    def names(kind: str) -> list[tuple[str, str, str | None]]:
        return [(one["type"], one["name"], one["id"]) for one in finding(many, rule(GOOD, subjects=kind))["subjects"]]

    assert names("container") == [("container", name, f"id of {name}") for name in "abc"]
    assert names("image") == [("image", "w", "sha256:9"), ("image", "x", "sha256:2"), ("image", "x", "sha256:3")]
    assert names("file") == [("file", "/e", None), ("file", "/z", None), ("file", "/z", None)]
    assert names("network") == [("network", "bridge", "n1")]


def test_sections_about_containers_are_joined_by_the_id() -> None:
    of = rule(("fail", "subject.cgroup.bad || subject.userns.bad", None), GOOD)
    fine = {"id": "id of a", "bad": False}
    whole = posture(container("a"), container("b"))
    whole["cgroup"] = {"containers": [{"id": "id of b", "bad": False}, fine]}
    whole["userns"] = {"containers": [fine, {"id": "id of b", "bad": True}]}
    found = finding(whole, of)
    assert [one["verdict"] for one in found["subjects"]] == ["pass", "fail"]
    # One that a collector did not see, and a collector that saw none.
    whole["userns"]["containers"] = [fine]
    found = finding(whole, of)
    assert [one["verdict"] for one in found["subjects"]] == ["pass", "unknown"]
    why = "the container was not seen by this collector"
    assert found["subjects"][1]["reason"] == f"subject.userns.bad is not known: {why}"
    whole["userns"] = {"unread": {"containers": "needs root"}}
    assert finding(whole, of)["reason"] == "2 of 2: subject.userns.bad is not known: needs root"
    # What is not known of the container itself stays said.
    whole["containers"] = [container("a", unread={"x": "gone"})]
    assert finding(whole, rule(("fail", "subject.x", None), GOOD))["reason"] == "subject.x is not known: gone"
    assert whole["containers"][0]["unread"] == {"x": "gone"}


def test_each_level_and_section_has_its_score() -> None:
    facts = posture(container("a", bad=True, worse=False))
    bad = ("fail", "subject.bad", None)
    fine = ("fail", "subject.worse", None)
    score = judged(
        facts,
        rule(bad, GOOD, number="10.1", level=1),
        rule(fine, GOOD, slug="two", number="2.1", level=2),
        rule(fine, GOOD, slug="three", number="2.2", level=2),
    )["score"]
    assert {key: one["percent"] for key, one in score["levels"].items()} == {"1": 0.0, "2": 100.0}
    assert list(score["sections"]) == ["2", "10"] and score["sections"]["2"]["passed"] == 2


def test_a_list_that_was_not_read_is_no_empty_list() -> None:
    unread = posture()
    del unread["containers"]
    found = finding({**unread, "unread": {"containers": "not permitted"}}, rule(BAD, GOOD))
    assert (found["status"], found["subjects"]) == ("unknown", [])
    assert found["reason"] == "host.containers is not known: not permitted"


def test_evidence_that_is_not_known_is_left_out() -> None:
    of = rule(BAD, GOOD, found={"size": "subject.size", "null": "subject.null", "last": "subject.last"})
    found = finding(posture(container("a", bad=True, null=None, last=1)), of)
    assert found["subjects"][0]["found"] == {"null": None, "last": 1}


@pytest.mark.parametrize(
    ("verdicts", "status"),
    [
        (("pass", "fail", "unknown"), "fail"),
        (("pass", "unknown", "manual"), "unknown"),
        (("waived", "pass", "manual"), "manual"),
        (("pass", "waived", "not_applicable"), "waived"),
        (("not_applicable", "pass"), "pass"),
        (("not_applicable",), "not_applicable"),
        ((), "not_applicable"),
    ],
)
def test_the_worst_verdict_is_that_of_the_rule(verdicts: t.Sequence[str], status: str) -> None:
    assert evaluate.worst(verdicts) == status


def test_the_reason_of_many_is_what_they_share() -> None:
    of = rule(
        BAD,
        ("fail", "subject.worse", "it is worse"),
        ("pass", "subject.known", "known to be good"),
        ("pass", None, None),
    )

    def reason(*kinds: str) -> t.Any:
        facts = ("bad", "worse", "known")
        many = [container(f"c{n}", **{key: key == kind for key in facts}) for n, kind in enumerate(kinds)]
        return finding(posture(*many), of)["reason"]

    assert reason("bad", "bad", "good") == "2 of 3: it is bad"
    assert reason("bad", "worse", "good") == "2 of 3"
    assert reason("known", "known") == "known to be good"
    assert reason("known", "good") is None
    assert reason("good", "good") is None
    assert reason("known") == "known to be good"


def test_a_waiver_counts_for_what_fails_alone() -> None:
    bad, good_, odd = container("a", bad=True), container("b", bad=False), container("c")
    mine = waiver()
    document = judged(posture(bad, good_), rule(BAD, GOOD), waivers=[mine])
    (first, second) = document["findings"][0]["subjects"]
    assert document["findings"][0]["status"] == "waived" and document["unused_waivers"] == []
    assert first["verdict"] == "waived" and first["waiver"] == {**mine.document(), "expired": False}
    assert second["verdict"] == "pass" and "waiver" not in second
    # One that is for another container stands in nobody's way.
    turned = posture(container("a", bad=False), container("b", bad=True))
    assert finding(turned, rule(BAD, GOOD), waivers=[waiver(subject="a"), mine])["status"] == "waived"
    # What could not be decided is not accepted by it.
    assert finding(posture(bad, odd), rule(BAD, GOOD), waivers=[mine])["status"] == "unknown"
    assert finding(posture(odd), rule(BAD, GOOD), waivers=[mine])["subjects"][0]["verdict"] == "unknown"
    # It is for containers by their facts, not for their names alone.
    by_image = waiver(image="web:*")
    named = posture(container("a", bad=True, image="web:1"), container("b", bad=True, image="db:1"))
    assert [one["verdict"] for one in finding(named, rule(BAD, GOOD), waivers=[by_image])["subjects"]] == [
        "waived",
        "fail",
    ]


def test_an_expired_waiver_does_not_hide_one_that_holds() -> None:
    old, new, other = waiver(expires=DAY - datetime.timedelta(days=1)), waiver(owner="dev"), waiver(owner="third")
    bad = posture(container("a", bad=True))
    (subject,) = finding(bad, rule(BAD, GOOD), waivers=[old])["subjects"]
    assert (subject["verdict"], subject["waiver"]) == ("fail", {**old.document(), "expired": True})
    document = judged(bad, rule(BAD, GOOD), waivers=[old, new, other])
    (subject,) = document["findings"][0]["subjects"]
    assert (subject["verdict"], subject["waiver"]["owner"], subject["waiver"]["expired"]) == ("waived", "dev", False)
    # The first that holds is enough.
    assert document["unused_waivers"] == [{**other.document(), "rules": ["one"]}]


def test_a_waiver_that_nothing_needs_is_reported() -> None:
    fine = posture(container("a", bad=False))
    listed = judged(fine, rule(BAD, GOOD), waivers=[waiver()])["unused_waivers"]
    assert listed == [{**waiver().document(), "rules": ["one"]}]
    for other in (waiver(host="db*"), waiver("absent"), waiver(standing=True)):
        assert judged(fine, rule(BAD, GOOD), waivers=[other])["unused_waivers"] == []
    # What was not decided may need it.
    assert judged(posture(container("a")), rule(BAD, GOOD), waivers=[waiver()])["unused_waivers"] == []
    # Also where something else fails, so that the rule does.
    mixed = posture(container("a"), container("b", bad=True), container("c", bad=False))
    for subject, count in (("a", 0), ("*", 0), ("c", 1)):
        assert len(judged(mixed, rule(BAD, GOOD), waivers=[waiver(subject=subject)])["unused_waivers"]) == count


def test_without_a_day_waivers_end_with_today() -> None:
    bad = posture(container("a", bad=True))
    today = datetime.datetime.now().astimezone().date()
    for days, status in ((-2, "fail"), (2, "waived")):
        one = waiver(expires=today + datetime.timedelta(days=days))
        assert evaluate.evaluate(bad, benchmark(rule(BAD, GOOD)), {}, "web1", [one])["findings"][0]["status"] == status


def test_evidence_has_an_end() -> None:
    of = rule(GOOD, found={"it": "subject.it"})

    def shown(value: t.Any) -> t.Any:
        return finding(posture(container("a", it=value)), of)["subjects"][0]["found"]["it"]

    assert shown("x" * 500) == "x" * 500 and shown("x" * 501) == "x" * 500 + "…"
    assert shown(list(range(50))) == list(range(50))
    assert shown(list(range(53))) == [*range(50), "… and 3 more"]
    assert shown({"a": 1, "unread": {"b": "no"}}) == {"a": 1}
    assert list(shown({f"{n:03}": n for n in range(60)})) == [f"{n:03}" for n in range(50)]
    assert shown({"unread": 1, **{f"{n:03}": n for n in range(60)}}) == {f"{n:03}": n for n in range(50)}
    assert shown([[[[[5]]]]]) == [[[[["…"]]]]] and shown([[[[5]]]]) == [[[[5]]]]
    assert shown({"a": {"a": {"a": {"a": {"a": 5}}}}}) == {"a": {"a": {"a": {"a": {"a": "…"}}}}}
    assert shown([["x" * 501], {"y": "x" * 501}]) == [["x" * 500 + "…"], {"y": "x" * 500 + "…"}]


class _Broken:
    """A condition that meets what no condition expects."""

    policy_keys: t.ClassVar[list[str]] = []

    def __init__(self, error: Exception) -> None:
        self.error = error

    def truth(self, scope: t.Any) -> t.Any:
        raise self.error


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (TypeError("first\x1b\nsecond"), r"TypeError: first\x1b)"),
        (RecursionError(), "RecursionError: )"),
        (KeyError("k" * 900), f"KeyError: '{'k' * 199})"),
    ],
)
def test_what_cannot_be_judged_is_one_sentence(error: Exception, said: str) -> None:
    broken: t.Any = _Broken(error)
    of = rule(GOOD)
    of = Rule(**{**vars(of), "clauses": (Clause("fail", broken, None), Clause("pass", None, None))})
    with pytest.raises(PostureError) as caught:
        judged(posture(container("a")), of)
    assert str(caught.value) == (
        f"the posture does not have the form that posture_info gives it: the rule one cannot be judged ({said}"
    )


def test_what_comes_after_the_end_of_the_time_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock is read once at the start, once for each rule, and once for each subject."""
    late = "judging this host took longer than 300 seconds, and what came after that was not judged"
    times = iter([0, 10, 20, 300, 301, 302])
    monkeypatch.setattr(evaluate, "time", types.SimpleNamespace(monotonic=lambda: next(times)))
    many = posture(*(container(name, bad=True, size=1) for name in "abc"))
    first, second = judged(many, rule(BAD, GOOD, found={"size": "subject.size"}), rule(BAD, GOOD, slug="two"))[
        "findings"
    ]
    assert [(one["verdict"], one["found"]) for one in first["subjects"]] == [
        ("fail", {"size": 1}),
        ("fail", {"size": 1}),
        ("unknown", {}),
    ]
    assert (first["subjects"][2]["reason"], first["reason"]) == (late, "2 of 3: it is bad")
    assert (second["status"], second["reason"], second["subjects"]) == ("unknown", late, [])
