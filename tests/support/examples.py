# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The EXAMPLES of a module as a playbook, and whether what it returned is what RETURN says."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.tests.support.documentation import Documentation, documentation

# What Ansible adds to each result, and what every module may return.
_COMMON = {"changed", "failed", "invocation", "warnings", "deprecations", "exception", "attempts"}
# And of the file, where one is named as path.
_FILE = {"uid", "gid", "owner", "group", "mode", "state", "size", "secontext"}
_TYPES = {"str": {str}, "int": {int}, "float": {float, int}, "bool": {bool}, "dict": {dict}, "list": {list}}

Json = dict[str, t.Any]


class Ran(t.NamedTuple):
    """A task that was run; ``outcome`` is ok, failed, skipped or unreachable."""

    action: str
    name: str
    outcome: str
    result: Json


def playbook(name: str, path: Path, more: list[Json], rehearse: bool = False) -> Path:
    """Write the module's examples as they are, and ``more`` tasks after them.

    With ``rehearse`` each task of a module that promises to be idempotent is run in check mode before, and once more after.
    """
    examples = documentation()[name].examples
    plays = examples if "hosts" in examples[0] else [{"hosts": "all", "gather_facts": False, "tasks": examples}]
    written = [
        {**play, "tasks": [step for task in play["tasks"] for step in (_rehearsed(task) if rehearse else [task])]}
        for play in plays
    ]
    if more:
        written.append({"hosts": "all", "gather_facts": False, "tasks": more})
    path.write_text(json.dumps(written, indent=1), encoding="utf-8")
    return path


def _rehearsed(task: Json) -> list[Json]:
    module = next((key.rpartition(".")[2] for key in task if key.startswith("seawall.docker.")), None)
    if module is None or documentation()[module].attributes["idempotent"]["support"] != "full" or "check_mode" in task:
        return [task]
    # A condition of ``until`` names the result of the task itself.
    bare = {key: value for key, value in task.items() if key != "register" or "until" in task}
    return [
        {**bare, "name": f"{task['name']} (foretold)", "check_mode": True},
        task,
        {**bare, "name": f"{task['name']} (again)"},
    ]


def recorded(monkeypatch: pytest.MonkeyPatch, path: Path) -> t.Callable[[], list[Ran]]:
    """Have every ansible-playbook from now on record what its tasks return, and give a way to read that."""
    monkeypatch.setenv("ANSIBLE_CALLBACKS_ENABLED", "each_result")
    monkeypatch.setenv("SEAWALL_RESULTS", str(path))

    def read() -> list[Ran]:
        return [Ran(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]

    return read


def contradictions(name: str, ran: t.Iterable[Ran], maps: frozenset[str]) -> list[str]:
    """What of a module's results is otherwise than RETURN says, and what of RETURN was not seen.

    ``maps`` are the dictionaries, by dotted name, whose keys are data.
    """
    results = [one for one in ran if one.action == f"seawall.docker.{name}" and one.outcome in ("ok", "failed")]
    assert results, f"no result of {name}"
    documented: Documentation = documentation()[name]
    found: dict[str, None] = {}
    for one in results:
        when = {"ok": ("success", "always"), "failed": ("failure", "always")}[one.outcome]
        allowed = _COMMON | ({"msg"} if one.outcome == "failed" else set())
        allowed |= _FILE if "path" in one.result else set()
        found.update(dict.fromkeys(_unlike(name, one.result, documented.returns, when, allowed)))
    found.update(dict.fromkeys(_unlike_samples(name, [one.result for one in results], documented.returns, maps)))
    return list(found)


def _is(name: str, value: t.Any) -> bool:
    return type(value) in _TYPES[name]


def _unlike(place: str, result: Json, told: Json, when: tuple[str, ...], allowed: set[str]) -> t.Iterator[str]:
    for key in result:
        if key not in told and key not in allowed:
            yield f"{place}.{key} is returned and not documented"
    for key, doc in told.items():
        here = f"{place}.{key}"
        if key not in result:
            if str(doc.get("returned", "success")) in when:
                yield f"{here} is not returned"
            continue
        value = result[key]
        if value is None:
            if "null" not in str(doc["description"]).lower():
                yield f"{here} is null, which the documentation does not say"
        elif not _is(doc["type"], value):
            yield f"{here} is no {doc['type']}: {value!r}"
        elif doc["type"] == "list" and not all(_is(doc["elements"], item) for item in value):
            yield f"{here} holds something else than {doc['elements']}: {value!r}"
        elif doc["type"] == "dict" and doc.get("contains"):
            yield from _unlike(here, value, doc["contains"], when, set())


def _unlike_samples(place: str, seen: list[Json], told: Json, maps: frozenset[str]) -> t.Iterator[str]:
    for key, doc in told.items():
        here, described = f"{place}.{key}", "docs/" in str(doc["description"])
        values = [result[key] for result in seen if key in result]
        if not values:
            yield f"{here} was never returned"
        elif doc.get("contains"):
            yield from _unlike_samples(here, [value for value in values if value is not None], doc["contains"], maps)
        elif "sample" in doc:
            yield from _Samples(maps, excerpt=described).unlike(here, doc["sample"], values)
        elif not described:
            yield f"{here} has neither a sample nor a page that describes it"


class _Samples(t.NamedTuple):
    maps: frozenset[str]
    # Whether a sample may leave keys out, since a page describes them all.
    excerpt: bool

    def unlike(self, place: str, sample: t.Any, seen: list[t.Any]) -> t.Iterator[str]:
        """A sample against all values that were seen in its place: of one of their types, and of their shape."""
        values = [value for value in seen if value is not None]
        if sample is None:
            return
        if not values:
            yield f"{place} has the sample {sample!r}, and was only seen as null"
        elif type(sample) not in {type(value) for value in values}:
            yield f"{place} has the sample {sample!r}, seen was {values[0]!r}"
        elif isinstance(sample, list):
            items = [item for value in values if isinstance(value, list) for item in value]
            if sample and not items:
                yield f"{place} was only seen empty"
            elif sample and isinstance(sample[0], dict):
                yield from self.unlike(f"{place}[]", {key: item[key] for item in sample for key in item}, items)
            else:
                for item in sample:
                    yield from self.unlike(f"{place}[]", item, items)
        elif isinstance(sample, dict):
            yield from self._unlike_dictionary(place, sample, [value for value in values if isinstance(value, dict)])

    def _unlike_dictionary(self, place: str, sample: Json, values: list[Json]) -> t.Iterator[str]:
        keys = {key for value in values for key in value}
        if place in self.maps:
            inner = [item for value in values for item in value.values()]
            for item in sample.values() if inner else ():
                yield from self.unlike(f"{place}.*", item, inner)
            return
        if not (set(sample) <= keys if self.excerpt else set(sample) == keys):
            yield f"{place} has a sample with {sorted(sample)}, seen were {sorted(keys)}"
        for key in sorted(set(sample) & keys):
            yield from self.unlike(f"{place}.{key}", sample[key], [value[key] for value in values if key in value])
