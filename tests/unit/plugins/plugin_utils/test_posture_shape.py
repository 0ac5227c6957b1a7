# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The form of a posture: what verdicts depend on is checked, and the sentence says where and what."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils import _reading
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark import shape

FORM = "the posture does not have the form that posture_info gives it: "
NAMED: dict[str, tuple[str, ...]] = {
    "containers": ("id", "name"),
    "images": ("id", "name"),
    "networks": ("id", "name"),
    "files": ("path",),
    "registry_tags": ("reference",),
    "userns.containers": ("id",),
    "cgroup.containers": ("id",),
    "versions.components": ("name",),
}


def posture(path: str = "", value: t.Any = None) -> dict[str, t.Any]:
    """A posture that has a value at a path."""
    made: t.Any = {"posture_version": 1}
    current = made
    *above, last = path.split(".") if path else [""]
    for part in above:
        current = current.setdefault(part, {})
    if last:
        current[last] = value
    return made


def refused(document: t.Any) -> str:
    with pytest.raises(shape.PostureError) as caught:
        shape.accepted_posture(document)
    try:
        text = json.dumps(document)
    except TypeError:
        return str(caught.value)
    with pytest.raises((shape.PostureError, _reading.Unreadable)) as of_text:
        shape.accepted_json(text)
    # A text has its own words for what exceeds a bound.
    assert isinstance(of_text.value, _reading.Unreadable) or str(of_text.value) == str(caught.value)
    return str(caught.value)


def test_what_has_the_form_is_returned_as_a_copy() -> None:
    for document in (posture(), posture("engine.state", "running"), posture("daemon.info", None)):
        accepted = shape.accepted_posture(document)
        assert accepted == document and accepted is not document
        assert shape.accepted_json(json.dumps(document)) == document


@pytest.mark.parametrize(
    "key", ["engine", "auditor", "daemon", "userns", "cgroup", "host", "swarm", "auditing", "versions", "unread"]
)
def test_a_section_is_a_mapping(key: str) -> None:
    for value, kind in (([], "a list"), ("x", "text"), (None, "null"), (True, "true or false"), (5, "a number")):
        assert refused(posture(key, value)) == f"{FORM}{key} must be a mapping, and is {kind}"
    assert shape.accepted_posture(posture(key, {})) == posture(key, {})


@pytest.mark.parametrize(
    "path",
    [f"daemon.{key}" for key in ("versions", "info", "process", "config_file", "options", "info.security_options")],
)
def test_a_part_of_the_daemon_is_a_mapping_or_null(path: str) -> None:
    assert refused(posture(path, 1.5)) == f"{FORM}{path} must be a mapping, and is a number"
    for value in ({}, None):
        assert shape.accepted_posture(posture(path, value)) == posture(path, value)


def test_the_state_of_the_engine_is_text() -> None:
    assert refused(posture("engine.state", None)) == f"{FORM}engine.state must be text, and is null"
    assert refused(posture("engine.state", {})) == f"{FORM}engine.state must be text, and is a mapping"


@pytest.mark.parametrize(("path", "names"), NAMED.items())
def test_an_entry_of_a_list_has_what_names_it(path: str, names: tuple[str, ...]) -> None:
    whole = {**dict.fromkeys(names, "x"), "unread": {}}
    assert refused(posture(path, {})) == f"{FORM}{path} must be a list, and is a mapping"
    assert refused(posture(path, [whole, "x"])) == f"{FORM}{path}[1] must be a mapping, and is text"
    for name in names:
        assert (
            refused(posture(path, [whole, {**whole, name: 5}]))
            == f"{FORM}{path}[1].{name} must be text, and is a number"
        )
        without = {key: value for key, value in whole.items() if key != name}
        assert refused(posture(path, [without])) == f"{FORM}{path}[0].{name} must be text, and is null"
    assert (
        refused(posture(path, [{**whole, "unread": []}])) == f"{FORM}{path}[0].unread must be a mapping, and is a list"
    )
    for unread in ({}, None, {"a": "b"}):
        fine = posture(path, [{**whole, "unread": unread}, whole])
        assert shape.accepted_posture(fine) == fine
    assert shape.accepted_posture(posture(path, [])) == posture(path, [])


def test_a_list_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shape, "MAX_SUBJECTS", 2)
    one = {"id": "x", "name": "x"}
    assert shape.accepted_posture(posture("images", [one, one]))
    assert refused(posture("images", [one] * 3)) == "the posture has more than 2 images"
    assert refused(posture("userns.containers", [one] * 3)) == "the posture has more than 2 containers of userns"


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], "this is no posture of version 1: it is a list, not a mapping"),
        ({}, "this is no posture of version 1 (posture_version is None)"),
        ({"posture_version": 2}, "this is no posture of version 1 (posture_version is 2)"),
        ({"posture_version": True}, "this is no posture of version 1 (posture_version is True)"),
        ({"posture_version": "1"}, "this is no posture of version 1 (posture_version is text)"),
        ({"posture_version": object()}, "this is no posture of version 1 (posture_version is something else)"),
    ],
)
def test_what_is_no_posture_is_said(document: t.Any, said: str) -> None:
    assert refused(document) == said


def test_what_no_document_can_hold_is_said() -> None:
    deep: t.Any = {}
    for _level in range(200):
        deep = {"a": deep}
    assert refused(posture("host", deep)) == "the posture is nested deeper than 100 levels"
    assert refused(posture("host", {"a": object()})).startswith("the posture holds what JSON cannot hold: ")


def test_texts_keep_all_but_half_of_a_pair() -> None:
    text = "\ud83d\ude00 \ud800 \udfff \\ud800 \u00fc"
    made = shape.accepted_posture(posture("engine.reason", text))["engine"]["reason"]
    assert made == "\U0001f600 \\ud800 \\udfff \\ud800 \u00fc"


@pytest.mark.parametrize("escaped", [True, False])
@pytest.mark.parametrize(
    "text",
    ["\ud83d\ude00 \ud800 \udfff \\ud800 \u00fc", "\ud800", "x\udfff y z", "\ud7ff \ue000", "\U0001f980", "\\ud800"],
)
def test_half_of_a_pair_in_a_document_is_written_out(text: str, escaped: bool) -> None:
    document = posture("engine.reason", text)
    for said in (json.dumps(document, ensure_ascii=escaped), json.dumps(document).replace("\\ud", "\\uD")):
        made = shape.accepted_json(said)
        assert made == shape.accepted_posture(json.loads(said))
        json.dumps(made, ensure_ascii=False).encode()
