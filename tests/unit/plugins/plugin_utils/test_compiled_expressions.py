# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Expressions as functions: each kind of node gives what JMESPath's own interpreter gives, whatever it is given."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark import compiled
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark._jmespath import jmespath
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.functions import RuleFunctions

DOCUMENT: dict[str, t.Any] = {
    "host": {
        "list": [{"n": 1, "s": "a"}, {"n": None, "s": "b"}, {"s": "c", "n": 3}, 5, None],
        "nested": [[1, 2], 3, [], [[4]], None],
        "map": {"x": {"v": 1}, "y": {"v": None}, "z": 2},
        "zero": 0,
        "no": False,
        "yes": True,
        "one": 1,
        "empty": [],
        "text": "",
        "none": None,
        "word": "b",
        "half": 0.5,
    },
    "subject": {"n": 2, "names": ["b", "a"], "numbers": [3, 1, 2]},
    "policy": {"allowed": ["a"]},
}
EXPRESSIONS = [
    *("host", "host.map.x.v", "host.none.x", "host.list.x", "host.word.x", "absent", "@", "`[1, 2]`", "'text'"),
    # Comparisons.
    *(
        f"host.{one} {sign} host.{other}"
        for sign in ("==", "!=", "<", "<=", ">", ">=")
        for one, other in (
            *(("one", "one"), ("one", "yes"), ("zero", "no"), ("zero", "one"), ("one", "zero"), ("half", "one")),
            *(("word", "text"), ("text", "word"), ("none", "zero"), ("none", "none"), ("list", "list"), ("yes", "no")),
        )
    ),
    # What counts as false, and what these give.
    *(
        f"host.{one} {sign} `7`"
        for sign in ("||", "&&")
        for one in ("zero", "no", "yes", "empty", "text", "none", "map", "half")
    ),
    *(f"!host.{one}" for one in ("zero", "no", "yes", "empty", "text", "none", "map")),
    # Projections of lists, maps and what is neither.
    *(
        "host.list[*].n",
        "host.list[].n",
        "host.nested[]",
        "host.nested[][]",
        "host.map[*]",
        "host.map.*",
        "host.map.*.v",
    ),
    *("host.none[*]", "host.none[]", "host.none.*", "host.word[]", "host.list.*", "host.list[*]", "host.zero[*]"),
    *("host.list[?n > `1`].s", "host.list[?n].s", "host.list[?!n].s", "host.map[?v]", "host.list[?n == `null`].n"),
    # Places in lists.
    *(f"host.nested[{place}]" for place in (0, 1, 4, 5, -1, -5, -6)),
    *("host.word[0]", "host.none[0]", "host.nested[1:3]", "host.nested[::-1]", "host.nested[:2]", "host.word[0:1]"),
    # Lists and maps that are made.
    *(
        "host.map.{a: x.v, b: z, c: none}",
        "host.none.{a: x}",
        "host.[one, none, word]",
        "host.none.[x]",
        "[host.one, subject.n]",
    ),
    # Functions, with arguments that fit and some that do not.
    *(
        "length(host.list)",
        "length(host.word)",
        "length(host.map)",
        "contains(host.word, 'b')",
        "contains(subject.names, 'c')",
    ),
    *("sort(subject.numbers)", "sort(subject.names)", "join('-', subject.names)", "max_by(host.list[?n], &n).s"),
    *("map(&n, host.list[?s])", "not_null(host.none, subject.n)", "to_string(host.yes)", "reverse(subject.names)"),
    *(
        "host | list[0] | n",
        "subject.names | [0]",
        "sum(subject.numbers)",
        "keys(host.map) | sort(@)",
        "type(host.zero)",
    ),
    "matching(subject.names, policy.allowed)",
]
WRONG = [
    "length(host.zero)",
    "join('-', host.list)",
    "sort(host.list)",
    "sum(subject.names)",
    "length()",
    "nobody(host)",
    "contains(host.one, 'a')",
]


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_an_expression_gives_what_jmespath_gives(text: str) -> None:
    options = jmespath.Options(custom_functions=RuleFunctions())
    expected = jmespath.search(text, DOCUMENT, options=options)
    function = compiled.function_of(compiled.parse(text))
    scope = compiled.Scope(**DOCUMENT)
    # Twice: what was worked out once is the same.
    for _time in range(2):
        found = function(scope)
        assert (found, repr(found)) == (expected, repr(expected))


@pytest.mark.parametrize("text", WRONG)
def test_an_expression_that_jmespath_refuses_is_refused(text: str) -> None:
    function = compiled.function_of(compiled.parse(text))
    with pytest.raises(jmespath.exceptions.JMESPathError):
        function(compiled.Scope(**DOCUMENT))


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        ("host.list", False),
        ("subject", True),
        ("subject.n == host.one", True),
        ("host.subject", False),
        ("@", True),
        ("host.list[?n == `1`]", False),
        # Inside, the word means a field of the element.
        ("host.list[?subject]", False),
        ("host.list[*].subject", False),
        ("map(&subject, host.list)", False),
        ("contains(policy.allowed, subject.n)", True),
        ("{a: host.one, b: subject.n}", True),
        ("[host.one, policy.x]", False),
        ("host | subject", False),
        ("subject | host", True),
        ("host.one || subject.n", True),
        ("!subject.n", True),
        ("host.list[0:1]", False),
    ],
)
def test_what_depends_on_the_subject(text: str, needs: bool) -> None:
    assert compiled.needs_subject(compiled.parse(text)) is needs


def test_what_does_not_depend_on_the_subject_is_worked_out_once_a_host() -> None:
    function = compiled.function_of(compiled.parse("contains(sort(host.names), subject)"))
    known: dict[t.Any, t.Any] = {}
    host = {"names": ["b", "a"]}
    assert function(compiled.Scope(host, "a", known=known)) is True
    assert list(known.values()) == [["a", "b"]]
    # It is kept, so another host's names are not looked at under the same store.
    assert function(compiled.Scope({"names": []}, "b", known=known)) is True
    assert function(compiled.Scope({"names": []}, "b")) is False
    # A field alone costs less than to look it up.
    plain = compiled.function_of(compiled.parse("host.names == subject"))
    assert plain(compiled.Scope(host, ["b", "a"], known=(other := {}))) is True and other == {}


def test_numbers_and_truth_are_kept_apart() -> None:
    assert [compiled.equal(one, other) for one, other in ((1, 1), (1, 1.0), (True, True))] == [True] * 3
    assert [compiled.equal(one, other) for one, other in ((1, True), (False, 0), ("1", 1))] == [False] * 3
    assert [compiled.is_false(one) for one in (None, False, "", [], {})] == [True] * 5
    assert [compiled.is_false(one) for one in (0, 0.0, 1, True, "0", [0], {"a": None})] == [False] * 7
