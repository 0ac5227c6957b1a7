# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conditions of rules in JMESPath. The facts that a condition needs are found when it is compiled.

An expression can use ``host`` (the posture), ``subject`` (the object of the verdict) and ``policy``. A fact that it
names from one of these roots must exist. If it does not, the result is a gap with the reason. In filters and
projections elements are used as they are.
"""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark._jmespath import exceptions, jmespath, visitor
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.errors import BenchmarkError
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.functions import NotKnown, RuleFunctions

ROOTS = ("host", "subject", "policy")

Scope = dict[str, t.Any]


class _Interpreter(visitor.TreeInterpreter):  # type: ignore[misc, unused-ignore]
    """The interpreter of JMESPath. One object serves all expressions. It looks up names without a call for each of
    them."""

    def visit_subexpression(self, node: t.Mapping[str, t.Any], value: t.Any) -> t.Any:
        for child in node["children"]:
            if child["type"] != "field":
                value = self.visit(child, value)
            else:
                value = value.get(child["value"]) if isinstance(value, dict) else None
        return value


_INTERPRETER = _Interpreter(jmespath.Options(custom_functions=RuleFunctions()))


class Gap(t.NamedTuple):
    """An expression has no value, for this reason."""

    reason: str


class Expression:
    """One compiled expression. Raises BenchmarkError if the text is not JMESPath, or if it starts at an unknown root."""

    def __init__(self, text: str) -> None:
        self.text = text
        try:
            self._compiled = jmespath.compile(text)
        except exceptions.JMESPathError as error:
            raise BenchmarkError(f"{text!r} is not valid JMESPath: {str(error).splitlines()[0]}") from None
        self.facts: list[tuple[str, ...]] = list(dict.fromkeys(_facts(self._compiled.parsed)))
        for fact in self.facts:
            if fact[0] not in ROOTS:
                raise BenchmarkError(f"{text!r} starts at {fact[0]!r}; an expression starts at {', '.join(ROOTS)}")
        if _negates_first_part(self._compiled.parsed):
            raise BenchmarkError(f"{text!r} negates only the first part of a dotted name; write !(host.a.b)")
        for function in _called(self._compiled.parsed):
            if function not in RuleFunctions.FUNCTION_TABLE:
                raise BenchmarkError(f"{text!r} calls {function}(), which does not exist")

    @property
    def policy_keys(self) -> list[str]:
        return sorted({fact[1] for fact in self.facts if fact[0] == "policy" and len(fact) > 1})

    def value(self, scope: Scope) -> t.Any:
        """Return the value of the expression, or a ``Gap`` if a fact is missing or the data does not fit."""
        for fact in self.facts:
            reason = missing(scope, fact)
            if reason is not None:
                return Gap(reason)
        try:
            return _INTERPRETER.visit(self._compiled.parsed, scope)
        except NotKnown as gap:
            return Gap(str(gap))
        except (exceptions.JMESPathError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            nulls = self._nulls(scope)
            reason = f"{nulls} is null" if nulls else _first_line(error)
            return Gap(f"the rule's expression {self.text!r} cannot be used: {reason}")

    def truth(self, scope: Scope) -> bool | Gap:
        """Return true, false, or a ``Gap``. A value other than a boolean is a gap."""
        value = self.value(scope)
        if isinstance(value, (bool, Gap)):
            return value
        kind = "null" if value is None else type(value).__name__
        nulls = self._nulls(scope)
        because = f", since {nulls} is null" if nulls else ""
        return Gap(f"the rule's expression {self.text!r} gave {kind}{because}; it must give true or false")

    def _nulls(self, scope: Scope) -> str:
        """Return the dotted names of the expression's facts that are null or lead to a null."""
        return ", ".join(name for name in (null_in(scope, fact) for fact in self.facts) if name is not None)


def null_in(scope: Scope, fact: tuple[str, ...]) -> str | None:
    """Return the dotted name of the first part of a fact that is null, or None if no part is."""
    current: t.Any = scope
    for depth, part in enumerate(fact):
        if not isinstance(current, dict):
            return None
        current = current.get(part)
        if current is None:
            return ".".join(fact[: depth + 1])
    return None


def missing(scope: Scope, fact: tuple[str, ...]) -> str | None:
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
    return f"the posture has no {'.'.join(fact[1:]) or fact[0]}"


def _facts(node: t.Mapping[str, t.Any]) -> t.Iterator[tuple[str, ...]]:
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
    elif kind in ("projection", "value_projection", "filter_projection", "pipe", "index_expression", "flatten"):
        # What follows sees elements, not the document.
        yield from _facts(children[0])
    elif kind != "expref":
        for child in children:
            yield from _facts(child)


def _negates_first_part(node: t.Mapping[str, t.Any]) -> bool:
    """Return whether the expression contains ``!a.b``. JMESPath reads it as ``(!a).b``, which is always null."""
    children = node["children"]
    if node["type"] == "subexpression" and children[0]["type"] == "not_expression":
        return True
    return any(_negates_first_part(child) for child in children)


def _called(node: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    if node["type"] == "function_expression":
        yield node["value"]
    for child in node["children"]:
        yield from _called(child)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
