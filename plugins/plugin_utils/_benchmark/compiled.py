# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn a parsed JMESPath expression into Python functions, once.

JMESPath's interpreter looks at each node of an expression anew for each value. Here each node becomes a function that has
all that does not depend on the value. JMESPath parses the expressions, and calls functions whose arguments do not fit.
What an expression works out without the subject is the same for all subjects of a host, so it is worked out once.
"""

from __future__ import annotations

import operator
import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark._jmespath import jmespath
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.functions import RuleFunctions

Node = t.Mapping[str, t.Any]
Compiled = t.Callable[[t.Any], t.Any]

ROOTS = ("host", "subject", "policy")
# What comes after the first part of these sees elements, not the document.
_FIRST_SEES_THE_DOCUMENT = frozenset(
    ("filter_projection", "flatten", "index_expression", "pipe", "projection", "subexpression", "value_projection")
)
# Nodes that cost less than to look up whether they were worked out.
_CHEAP = frozenset(("current", "expref", "field", "identity", "literal"))

_FUNCTIONS = RuleFunctions()
# The types of arguments, as JMESPath names them. Others are left to JMESPath.
_TYPES: dict[str, tuple[type, ...]] = {
    "array": (list,),
    "boolean": (bool,),
    "null": (type(None),),
    "number": (int, float),
    "object": (dict,),
    "string": (str,),
}
_ORDERS: dict[str, t.Callable[[t.Any, t.Any], t.Any]] = {
    "lt": operator.lt,
    "gt": operator.gt,
    "lte": operator.le,
    "gte": operator.ge,
}


class Scope(dict):  # type: ignore[type-arg]
    """What an expression is about: ``host``, ``subject`` and ``policy``. ``known`` holds what does not depend on the
    subject. It belongs to one host with one policy."""

    def __init__(
        self, host: t.Any, subject: t.Any = None, policy: t.Any = None, known: dict[t.Any, t.Any] | None = None
    ) -> None:
        super().__init__(host=host, subject=subject, policy=policy)
        self.known: dict[t.Any, t.Any] = {} if known is None else known


class _Expression:
    """An expression as an argument of a function. JMESPath's functions know it by this name, and call ``visit``."""

    def __init__(self, expression: Compiled) -> None:
        self.expression = expression

    def visit(self, expression: Compiled, value: t.Any) -> t.Any:
        return expression(value)


def parse(text: str) -> Node:
    """Return an expression as JMESPath parses it. Raises JMESPathError."""
    parsed: Node = jmespath.compile(text).parsed
    return parsed


def function_of(node: Node) -> Compiled:
    """Return a parsed expression as a function of a scope."""
    return _compile(_with_once(node))


def seeing_the_document(node: Node) -> list[Node]:
    """Return the nodes directly below a node that see the whole document, as the node itself does."""
    if node["type"] in _FIRST_SEES_THE_DOCUMENT:
        return [node["children"][0]]
    return [] if node["type"] in ("expref", "slice") else list(node["children"])


def needs_subject(node: Node) -> bool:
    """Return whether the value of a node that sees the document may depend on the subject."""
    if node["type"] == "field":
        return bool(node["value"] == "subject")
    if node["type"] in ("current", "identity"):
        return True
    return any(needs_subject(child) for child in seeing_the_document(node))


def _with_once(node: Node) -> Node:
    """Return the node with marks at what is worked out once a host. An expression that is so as a whole has none: who
    evaluates it knows."""
    seeing = [id(child) for child in seeing_the_document(node)]
    return {**node, "children": [_marked(child) if id(child) in seeing else child for child in node["children"]]}


def _marked(node: Node) -> Node:
    # What a name of an object stands for can be worked out once, not the name.
    return _with_once(node) if needs_subject(node) or node["type"] == "key_val_pair" else _once_of(node)


def _once_of(node: Node) -> Node:
    plain = all(part["type"] in _CHEAP for part in node["children"]) if node["type"] == "subexpression" else False
    if plain or node["type"] in _CHEAP:
        return node
    return {"type": "once", "children": [node]}


def _compile(node: Node) -> Compiled:
    return _COMPILERS[node["type"]](node)


def _children(node: Node) -> list[Compiled]:
    return [_compile(child) for child in node["children"]]


def _field(node: Node) -> Compiled:
    name = node["value"]
    return lambda value: value.get(name) if isinstance(value, dict) else None


def _chain(node: Node) -> Compiled:
    if all(child["type"] == "field" for child in node["children"]):
        return _names([child["value"] for child in node["children"]])
    steps = _children(node)

    def run(value: t.Any) -> t.Any:
        for step in steps:
            value = step(value)
        return value

    return run


def _names(names: list[str]) -> Compiled:
    def run(value: t.Any) -> t.Any:
        for name in names:
            if not isinstance(value, dict):
                return None
            value = value.get(name)
        return value

    return run


def _comparator(node: Node) -> Compiled:
    left, right = _children(node)
    if node["value"] == "eq":
        return lambda value: equal(left(value), right(value))
    if node["value"] == "ne":
        return lambda value: not equal(left(value), right(value))
    order = _ORDERS[node["value"]]

    def run(value: t.Any) -> t.Any:
        first, second = left(value), right(value)
        return order(first, second) if _has_order(first) and _has_order(second) else None

    return run


def equal(left: t.Any, right: t.Any) -> bool:
    """Compare as JMESPath does: true is not 1, as it is in Python."""
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def _has_order(value: t.Any) -> bool:
    return isinstance(value, (int, float, str)) and not isinstance(value, bool)


def is_false(value: t.Any) -> bool:
    """Return whether JMESPath takes a value for false. The number 0 is true."""
    return not value and (value is False or not isinstance(value, (int, float)))


def _or(node: Node) -> Compiled:
    left, right = _children(node)

    def run(value: t.Any) -> t.Any:
        first = left(value)
        return right(value) if is_false(first) else first

    return run


def _and(node: Node) -> Compiled:
    left, right = _children(node)

    def run(value: t.Any) -> t.Any:
        first = left(value)
        return first if is_false(first) else right(value)

    return run


def _not(node: Node) -> Compiled:
    (inner,) = _children(node)
    return lambda value: is_false(inner(value))


def _function(node: Node) -> Compiled:
    name, arguments = node["value"], _children(node)
    entry = RuleFunctions.FUNCTION_TABLE.get(name)
    checks = _checks(entry["signature"]) if entry else None
    if checks is None or len(checks) != len(arguments):
        return lambda value: _FUNCTIONS.call_function(name, [one(value) for one in arguments])
    call = entry["function"]

    def run(value: t.Any) -> t.Any:
        given = [one(value) for one in arguments]
        for (types, elements), argument in zip(checks, given, strict=True):
            if type(argument) not in types or (elements and any(type(one) not in elements for one in argument)):
                return _FUNCTIONS.call_function(name, given)
        return call(_FUNCTIONS, *given)

    return run


def _checks(signature: t.Sequence[t.Mapping[str, t.Any]]) -> list[tuple[tuple[type, ...], tuple[type, ...]]] | None:
    """Return for each argument the types that surely fit, and those of its elements. None if JMESPath must decide."""
    checks: list[tuple[tuple[type, ...], tuple[type, ...]]] = []
    for argument in signature:
        types: list[type] = []
        elements: list[type] = []
        for kind in argument["types"]:
            outer, _dash, inner = kind.partition("-")
            if argument.get("variadic") or outer not in _TYPES or (inner and inner not in _TYPES):
                return None
            types += _TYPES[outer]
            elements += _TYPES[inner] if inner else ()
        if not types or (elements and types != [list]):
            return None
        checks.append((tuple(types), tuple(elements)))
    return checks


def _projection(node: Node) -> Compiled:
    base, then = _children(node)

    def run(value: t.Any) -> t.Any:
        elements = base(value)
        if not isinstance(elements, list):
            return None
        return [found for found in map(then, elements) if found is not None]

    return run


def _value_projection(node: Node) -> Compiled:
    base, then = _children(node)

    def run(value: t.Any) -> t.Any:
        elements = base(value)
        if not isinstance(elements, dict):
            return None
        return [found for found in map(then, elements.values()) if found is not None]

    return run


def _filter(node: Node) -> Compiled:
    base, then, condition = _children(node)

    def run(value: t.Any) -> t.Any:
        elements = base(value)
        if not isinstance(elements, list):
            return None
        chosen = [then(element) for element in elements if not is_false(condition(element))]
        return [found for found in chosen if found is not None]

    return run


def _flatten(node: Node) -> Compiled:
    (base,) = _children(node)

    def run(value: t.Any) -> t.Any:
        elements = base(value)
        if not isinstance(elements, list):
            return None
        merged: list[t.Any] = []
        for element in elements:
            if isinstance(element, list):
                merged += element
            else:
                merged.append(element)
        return merged

    return run


def _index(node: Node) -> Compiled:
    position = node["value"]

    def run(value: t.Any) -> t.Any:
        if not isinstance(value, list) or not -len(value) <= position < len(value):
            return None
        return value[position]

    return run


def _slice(node: Node) -> Compiled:
    part = slice(*node["children"])
    return lambda value: value[part] if isinstance(value, list) else None


def _multi_select_dict(node: Node) -> Compiled:
    entries = [(child["value"], _compile(child["children"][0])) for child in node["children"]]
    return lambda value: None if value is None else {name: entry(value) for name, entry in entries}


def _multi_select_list(node: Node) -> Compiled:
    entries = _children(node)
    return lambda value: None if value is None else [entry(value) for entry in entries]


def _literal(node: Node) -> Compiled:
    content = node["value"]
    return lambda _value: content


def _itself(_node: Node) -> Compiled:
    return lambda value: value


def _once(node: Node) -> Compiled:
    (work_out,) = _children(node)

    def run(value: t.Any) -> t.Any:
        if not isinstance(value, Scope):
            return work_out(value)
        if work_out not in value.known:
            value.known[work_out] = work_out(value)
        return value.known[work_out]

    return run


def _reference(node: Node) -> Compiled:
    (inner,) = _children(node)
    return lambda _value: _Expression(inner)


_COMPILERS: dict[str, t.Callable[[Node], Compiled]] = {
    "and_expression": _and,
    "comparator": _comparator,
    "current": _itself,
    "expref": _reference,
    "field": _field,
    "filter_projection": _filter,
    "flatten": _flatten,
    "function_expression": _function,
    "identity": _itself,
    "index": _index,
    "index_expression": _chain,
    "literal": _literal,
    "multi_select_dict": _multi_select_dict,
    "multi_select_list": _multi_select_list,
    "not_expression": _not,
    "once": _once,
    "or_expression": _or,
    "pipe": _chain,
    "projection": _projection,
    "slice": _slice,
    "subexpression": _chain,
    "value_projection": _value_projection,
}
