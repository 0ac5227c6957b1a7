# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conditions of rules in JMESPath. The facts that a condition needs are found when it is compiled.

An expression can use ``host`` (the posture), ``subject`` (the object of the verdict) and ``policy``. A fact that it
names from one of these roots must exist. If it does not, the result is a gap with the reason. In filters and
projections elements are used as they are.
"""

from __future__ import annotations

import functools
import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark._jmespath import exceptions
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.compiled import (
    ROOTS,
    Compiled,
    Node,
    Scope,
    function_of,
    needs_subject,
    parse,
    seeing_the_document,
)
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.errors import BenchmarkError
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.functions import (
    NOT_IN_POSTURE,
    NotKnown,
    RuleFunctions,
)

# The shipped rules hold some five hundred.
_REMEMBERED = 2048


class Gap(t.NamedTuple):
    """An expression has no value, for this reason."""

    reason: str


class Expression:
    """One expression. Raises BenchmarkError if the text is not JMESPath, or if it starts at an unknown root."""

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            parsed = parse(text)
        except exceptions.JMESPathError as error:
            raise BenchmarkError(f"{text!r} is not valid JMESPath: {str(error).splitlines()[0]}") from None
        self.facts: list[tuple[str, ...]] = list(dict.fromkeys(_facts(parsed)))
        for fact in self.facts:
            if fact[0] not in ROOTS:
                raise BenchmarkError(f"{text!r} starts at {fact[0]!r}; an expression starts at {', '.join(ROOTS)}")
        if _negates_first_part(parsed):
            raise BenchmarkError(f"{text!r} negates only the first part of a dotted name; write !(host.a.b)")
        for function in _called(parsed):
            if function not in RuleFunctions.FUNCTION_TABLE:
                raise BenchmarkError(f"{text!r} calls {function}(), which does not exist")
        # Most conditions are for subjects that a host does not have, so the function is made when it is called first.
        self._parsed = parsed
        self._function: Compiled | None = None
        self._is_common = not needs_subject(parsed)
        # If a longer fact exists, so do the facts that it begins with.
        longest = [fact for fact in self.facts if not any(one[: len(fact)] == fact != one for one in self.facts)]
        self._longest = longest
        self._own = [fact for fact in longest if fact[0] == "subject"]
        self._shared = [fact for fact in longest if fact[0] != "subject"]

    @classmethod
    @functools.lru_cache(maxsize=_REMEMBERED)
    def of(cls, text: str) -> Expression:
        """Return the expression of a text. Rules repeat many, and a process often loads the same rules again."""
        return cls(text)

    @property
    def policy_keys(self) -> list[str]:
        return sorted({fact[1] for fact in self.facts if fact[0] == "policy" and len(fact) > 1})

    def value(self, scope: Scope) -> t.Any:
        """Return the value of the expression, or a ``Gap`` if a fact is missing or the data does not fit."""
        known = scope.known
        if self not in known:
            shared = all_exist(scope, self._shared)
            known[self] = self._value(scope, shared) if self._is_common else shared
        return known[self] if self._is_common else self._value(scope, known[self])

    def _value(self, scope: Scope, shared: bool) -> t.Any:
        """``shared`` says whether the facts are there that are not the subject's."""
        if not shared or not all_exist(scope, self._own):
            return Gap(next(reason for reason in (missing(scope, fact) for fact in self.facts) if reason is not None))
        try:
            return self.prepared()(scope)
        except NotKnown as gap:
            return Gap(str(gap))
        except (exceptions.JMESPathError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            return Gap(self._unusable(scope, "cannot be used", f": {_first_line(error)}"))

    def prepared(self) -> Compiled:
        """Return the function that the expression becomes."""
        if self._function is None:
            self._function = function_of(self._parsed)
        return self._function

    def truth(self, scope: Scope) -> bool | Gap:
        """Return true, false, or a ``Gap``. A value other than a boolean is a gap."""
        value = self.value(scope)
        if isinstance(value, (bool, Gap)):
            return value
        kind = "null" if value is None else type(value).__name__
        return Gap(self._unusable(scope, f"gave {kind}; it must give true or false"))

    def _unusable(self, scope: Scope, problem: str, error: str = "") -> str:
        """Return the reason for no answer although no fact is missing. It names the facts that are null, or all."""
        problem = f"the rule's expression {self.text!r} {problem}"
        nulls = [name for name in (null_in(scope, fact) for fact in self.facts) if name is not None]
        if nulls:
            return f"{', '.join(dict.fromkeys(nulls))} is null, so {problem}"
        facts = [fact for fact in self._longest if fact[0] != "policy"] or self._longest
        return f"{', '.join('.'.join(fact) for fact in facts)} cannot be judged: {problem}{error}"


def null_in(scope: t.Mapping[str, t.Any], fact: tuple[str, ...]) -> str | None:
    """Return the dotted name of the first part of a fact that is null, or None if no part is."""
    current: t.Any = scope
    for depth, part in enumerate(fact):
        if not isinstance(current, dict):
            return None
        current = current.get(part)
        if current is None:
            return ".".join(fact[: depth + 1])
    return None


def all_exist(scope: t.Mapping[str, t.Any], facts: t.Sequence[tuple[str, ...]]) -> bool:
    """Return whether ``missing`` has no reason for any of the facts."""
    for fact in facts:
        current: t.Any = scope
        for part in fact:
            if not isinstance(current, dict):
                break
            if part not in current:
                return False
            current = current[part]
    return True


def missing(scope: t.Mapping[str, t.Any], fact: tuple[str, ...]) -> str | None:
    """Return a sentence that names the fact and says why it is missing, or None if it exists. A null exists."""
    why = why_missing(scope, fact)
    return None if why is None else f"{'.'.join(fact)} is not known: {why}"


def why_missing(scope: t.Mapping[str, t.Any], fact: tuple[str, ...]) -> str | None:
    """Return the reason why a fact is missing in the scope, or None if it exists. A fact that is null exists."""
    current: t.Any = scope
    gaps: list[tuple[int, dict[str, str]]] = []
    for depth, part in enumerate(fact):
        if current is None or not isinstance(current, dict):
            return None
        if part not in current:
            return _reason(fact, gaps)
        current = current[part]
        if isinstance(current, dict) and isinstance(current.get("unread"), dict):
            gaps.append((depth + 1, current["unread"]))
    return None


def _reason(fact: tuple[str, ...], gaps: list[tuple[int, dict[str, str]]]) -> str:
    for depth, unread in reversed(gaps):
        rest = fact[depth:]
        for length in range(len(rest), 0, -1):
            reason = unread.get(".".join(rest[:length]))
            if reason and isinstance(reason, str):
                return reason
    return NOT_IN_POSTURE


def _facts(node: Node) -> t.Iterator[tuple[str, ...]]:
    """Return the dotted chains of fields that start at the root of the document."""
    kind, children = node["type"], node["children"]
    if kind == "field":
        yield (node["value"],)
    elif kind == "subexpression":
        names = []
        for child in children:
            if child["type"] != "field":
                break
            names.append(child["value"])
        if names:
            yield tuple(names)
        else:
            yield from _facts(children[0])
    else:
        for child in seeing_the_document(node):
            yield from _facts(child)


def _negates_first_part(node: Node) -> bool:
    """Return whether the expression contains ``!a.b``. JMESPath reads it as ``(!a).b``, which is always null."""
    children = node["children"]
    if node["type"] == "subexpression" and children[0]["type"] == "not_expression":
        return True
    return any(_negates_first_part(child) for child in _nodes(node))


def _called(node: Node) -> t.Iterator[str]:
    if node["type"] == "function_expression":
        yield node["value"]
    for child in _nodes(node):
        yield from _called(child)


def _nodes(node: Node) -> list[Node]:
    """Return the nodes below a node. What a slice holds are numbers."""
    return [] if node["type"] == "slice" else list(node["children"])


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
