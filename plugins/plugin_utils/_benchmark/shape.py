# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check the form of a posture, as far as verdicts depend on it. Facts that rules only read may have any form; then the
rule is unknown.

A posture comes from a managed host or from a file. An attacker may have written either.
"""

from __future__ import annotations

import json
import re
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.visible import visible
from ansible_collections.seawall.docker.plugins.plugin_utils import _reading

POSTURE_VERSION = 1

Json = dict[str, t.Any]

_HALF_PAIR = re.compile("[\ud800-\udfff]")
# What may be one in the text of a JSON document.
_MAYBE_HALF_PAIR = re.compile(r"[\ud800-\udfff]|\\u[dD]")

_MAPPINGS = ("engine", "auditor", "daemon", "userns", "cgroup", "host", "swarm", "auditing", "versions", "unread")
_INNER_MAPPINGS: tuple[tuple[str, ...], ...] = (
    ("daemon", "versions"),
    ("daemon", "info"),
    ("daemon", "process"),
    ("daemon", "config_file"),
    ("daemon", "options"),
    ("daemon", "info", "security_options"),
)
# A list, and the keys of its entries that name them.
_LISTS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("containers",), ("id", "name")),
    (("images",), ("id", "name")),
    (("networks",), ("id", "name")),
    (("files",), ("path",)),
    (("registry_tags",), ("reference",)),
    (("userns", "containers"), ("id",)),
    (("cgroup", "containers"), ("id",)),
    (("versions", "components"), ("name",)),
)
# Each is judged by some forty rules, and each verdict is kept.
MAX_SUBJECTS = 20_000
_TYPES = {
    type(None): "null",
    bool: "true or false",
    int: "a number",
    float: "a number",
    str: "text",
    list: "a list",
    dict: "a mapping",
}


class PostureError(ValueError):
    """A posture cannot be judged. The sentence says what is wrong, and where in the document."""


def accepted_posture(posture: t.Any) -> Json:
    """Return a copy of the posture in JSON's own types. Raises PostureError for another version, size or form."""
    try:
        _reading.check_bounds(posture)
    except _reading.Unreadable as problem:
        raise PostureError(f"the posture {problem}") from None
    _check_version(posture)
    try:
        plain = _plain(posture)
    except (TypeError, ValueError) as error:
        raise PostureError(f"the posture holds what JSON cannot hold: {visible(str(error))}") from None
    _check(plain)
    return plain


def accepted_json(text: str) -> Json:
    """Return the posture in a JSON document, in a third of the time that `accepted_posture` takes for what was parsed: the text was
    bounded, and what comes from it has JSON's own types. Raises PostureError, and Unreadable for what is no JSON document."""
    posture: Json = _reading.json_in(text)
    if _MAYBE_HALF_PAIR.search(text):
        return accepted_posture(posture)
    _check_version(posture)
    _check(posture)
    return posture


def _check_version(posture: t.Any) -> None:
    if not isinstance(posture, dict):
        raise PostureError(f"this is no posture of version {POSTURE_VERSION}: it is {_type(posture)}, not a mapping")
    version = posture.get("posture_version")
    if isinstance(version, bool) or version != POSTURE_VERSION:
        shown = repr(version) if version is None or isinstance(version, (bool, int, float)) else _type(version)
        raise PostureError(f"this is no posture of version {POSTURE_VERSION} (posture_version is {shown})")


def _plain(document: Json) -> Json:
    # Ansible marks strings by subclasses, which JMESPath does not take for strings.
    text = json.dumps(document)
    if "\\ud" in text:
        # Half a surrogate pair is not text: no file, result or terminal takes it. Whole pairs come back as they were.
        whole = json.dumps(json.loads(text), ensure_ascii=False)
        text = _HALF_PAIR.sub(lambda found: f"\\\\u{ord(found.group()):04x}", whole)
    plain: Json = json.loads(text)
    return plain


def _check(posture: Json) -> None:
    for key in _MAPPINGS:
        _expect(posture, (key,), dict, "a mapping")
    for path in _INNER_MAPPINGS:
        _expect(posture, path, dict, "a mapping", null=True)
    _expect(posture, ("engine", "state"), str, "text")
    for path, names in _LISTS:
        entries = _expect(posture, path, list, "a list")
        if entries and len(entries) > MAX_SUBJECTS:
            raise PostureError(f"the posture has more than {MAX_SUBJECTS:,} {' of '.join(reversed(path))}")
        for position, entry in enumerate(entries or []):
            where = f"{'.'.join(path)}[{position}]"
            if not isinstance(entry, dict):
                raise _fault(where, "a mapping", entry)
            for name in names:
                if not isinstance(entry.get(name), str):
                    raise _fault(f"{where}.{name}", "text", entry.get(name))
            unread = entry.get("unread")
            if unread is not None and not isinstance(unread, dict):
                raise _fault(f"{where}.unread", "a mapping", unread)


def _expect(posture: Json, path: tuple[str, ...], wanted: type, said: str, null: bool = False) -> t.Any:
    """Return the value at the path, or None if a part of the path does not exist."""
    current: t.Any = posture
    for part in path:
        if not isinstance(current, dict) or part not in current:
            return None
        current = current[part]
    if not isinstance(current, wanted) and not (null and current is None):
        raise _fault(".".join(path), said, current)
    return current


def _fault(where: str, said: str, found: t.Any) -> PostureError:
    return PostureError(
        f"the posture does not have the form that posture_info gives it: {where} must be {said}, and is {_type(found)}"
    )


def _type(value: t.Any) -> str:
    return next((word for kind, word in _TYPES.items() if isinstance(value, kind)), "something else")
