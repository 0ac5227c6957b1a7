# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Conditions of rules: JMESPath, with the facts that each one names known beforehand.

An expression sees ``host`` (the posture), ``subject`` (what the verdict is about) and ``policy``. A fact that an
expression names from one of these roots must be in the document; where it is absent, the answer is a gap with the
reason, never a guess. Inside filters and projections elements are taken as they are.
"""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark._jmespath import exceptions, jmespath, visitor
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.errors import BenchmarkError
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.functions import NotKnown, RuleFunctions

ROOTS = ("host", "subject", "policy")

Scope = dict[str, t.Any]


class _Interpreter(visitor.TreeInterpreter):  # type: ignore[misc, unused-ignore]
    """JMESPath's own interpreter, which is kept for all expressions and looks names up without a call for each."""

    def visit_subexpression(self, node: t.Mapping[str, t.Any], value: t.Any) -> t.Any:
        for child in node["children"]:
            if child["type"] != "field":
                value = self.visit(child, value)
            else:
                value = value.get(child["value"]) if isinstance(value, dict) else None
        return value


_INTERPRETER = _Interpreter(jmespath.Options(custom_functions=RuleFunctions()))


class Gap(t.NamedTuple):
    """Why an expression has no answer."""

    reason: str


class Expression:
    """One compiled expression. Raises BenchmarkError where the text is no JMESPath or starts at no known root."""

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
        """The expression's value, or a ``Gap`` where a fact is absent or the data does not fit."""
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
        """True, false, or a ``Gap``; anything else than a boolean is a gap as well."""
        value = self.value(scope)
        if isinstance(value, (bool, Gap)):
            return value
        kind = "null" if value is None else type(value).__name__
        nulls = self._nulls(scope)
        because = f", since {nulls} is null" if nulls else ""
        return Gap(f"the rule's expression {self.text!r} gave {kind}{because}; it must give true or false")

    def _nulls(self, scope: Scope) -> str:
        """The facts of the expression that are null in the scope, or end at a null, by their dotted names."""
        return ", ".join(name for name in (null_in(scope, fact) for fact in self.facts) if name is not None)


def null_in(scope: Scope, fact: tuple[str, ...]) -> str | None:
    """How far a fact leads until it is null, as a dotted name; None where it is not."""
    current: t.Any = scope
    for depth, part in enumerate(fact):
        if not isinstance(current, dict):
            return None
        current = current.get(part)
        if current is None:
            return ".".join(fact[: depth + 1])
    return None


def missing(scope: Scope, fact: tuple[str, ...]) -> str | None:
    """The reason why a fact is absent from the scope, or None where it is there (null counts as there)."""
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
    """Dotted chains of fields that start at the document's root."""
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
    """Whether JMESPath reads ``!a.b`` somewhere, which is ``(!a).b`` to it and null at all times."""
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
