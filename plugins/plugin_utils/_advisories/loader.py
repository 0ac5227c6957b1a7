# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of advisories to advisories. What is wrong in one is said with file, line and key."""

from __future__ import annotations

import contextlib
import datetime
import functools
import re
import typing as t
from pathlib import Path

from ansible_collections.seawall.docker.plugins.module_utils._module.collecting import seldom_collected
from ansible_collections.seawall.docker.plugins.plugin_utils._advisories.model import (
    COMPONENTS,
    CONDITIONS,
    SEVERITIES,
    Advisory,
    Data,
    Range,
)
from ansible_collections.seawall.docker.plugins.plugin_utils._advisories.versions import parsed
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.documents import Document, read_document
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.errors import BenchmarkError, nearest

SHIPPED = Path(__file__).resolve().parents[3] / "roles" / "audit" / "files" / "advisories" / "docker.yml"
VERSION = 1

_TOP = ("advisories_version", "updated", "advisories")
_REQUIRED = ("id", "component", "title", "affected", "source")
_OPTIONAL = ("aliases", "undetermined", "applies_when", "mitigated_by", "severity", "exploited")
_ID = re.compile(r"[A-Z][A-Z0-9]{1,19}-[A-Za-z0-9][A-Za-z0-9-]{0,60}")

_Where = tuple[str | int, ...]


def load_advisories(files: t.Sequence[str] = ()) -> Data:
    """Return the advisories that ship and those of the user's files. Raises BenchmarkError for anything wrong in a file.

    An advisory of a later file replaces the one with the same id and component.
    """
    found: dict[tuple[str, str], Advisory] = {}
    dates = []
    for name, date, advisories in (_shipped(), *(_file(read_document(path)) for path in files)):
        dates.append((name, date))
        found.update(advisories)
    return Data(tuple(found[key] for key in sorted(found)), tuple(dates))


_File = tuple[str, str, dict[tuple[str, str], Advisory]]


@functools.cache
def _shipped() -> _File:
    return _file(read_document(SHIPPED))


def _file(document: Document) -> _File:
    """Return the name of a file, its date and its advisories by id and component."""
    date = _check_top(document)
    found: dict[tuple[str, str], Advisory] = {}
    for position, entry in enumerate(document.data["advisories"]):
        advisory = _advisory(document, ("advisories", position), entry)
        key = (advisory.id, advisory.component)
        where = ("advisories", position, "id")
        document.expect(where, key not in found, f"{advisory.id} is defined twice for {advisory.component}")
        found[key] = advisory
    return Path(document.path).name, date, found


def read_ahead() -> None:
    """Read what ships, for all processes that are forked from this one. What is wrong is said when a task asks for it."""
    with contextlib.suppress(BenchmarkError), seldom_collected():
        _shipped()


def _check_top(document: Document) -> str:
    """Return the date of the file."""
    data = document.data
    document.expect((), isinstance(data, dict), f"a file of advisories is a mapping with the keys {', '.join(_TOP)}")
    _known(document, (), data, _TOP)
    for key in _TOP:
        document.expect((), key in data, f"needs the key {key}")
    version = data["advisories_version"]
    known = version == VERSION and not isinstance(version, bool)
    document.expect(("advisories_version",), known, f"must be {VERSION}, the version that this collection reads")
    document.expect(("advisories",), isinstance(data["advisories"], list), "must be a list")
    text = str(data["updated"])
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        raise document.error(("updated",), 'must be the date of the data, such as "2026-11-25"') from None
    return text


def _advisory(document: Document, where: _Where, entry: t.Any) -> Advisory:
    document.expect(where, isinstance(entry, dict), "an advisory is a mapping")
    _known(document, where, entry, _REQUIRED + _OPTIONAL)
    for key in _REQUIRED:
        document.expect(where, key in entry, f"needs the key {key}")
    for key in ("title", "source"):
        document.expect(where + (key,), isinstance(entry[key], str) and entry[key].strip(), "must be text")
    identifier = entry["id"]
    valid = isinstance(identifier, str) and _ID.fullmatch(identifier)
    document.expect(where + ("id",), valid, "must be a name such as CVE-2024-41110")
    _one_of(document, where + ("component",), entry["component"], COMPONENTS)
    severity = entry.get("severity")
    if severity is not None:
        _one_of(document, where + ("severity",), severity, SEVERITIES)
    exploited = entry.get("exploited")
    document.expect(where + ("exploited",), exploited in (None, True, False), "must be true, false or null")
    aliases = _names(document, where + ("aliases",), entry.get("aliases"))
    for position, alias in enumerate(aliases):
        document.expect(
            where + ("aliases", position), _ID.fullmatch(alias), "must be a name such as GHSA-v23v-6jw2-98fq"
        )
    conditions = {}
    for key in ("applies_when", "mitigated_by"):
        conditions[key] = _names(document, where + (key,), entry.get(key))
        for position, name in enumerate(conditions[key]):
            _one_of(document, where + (key, position), name, CONDITIONS)
    affected = _ranges(document, where + ("affected",), entry["affected"])
    document.expect(where + ("affected",), affected, "must have a range")
    return Advisory(
        id=identifier,
        component=entry["component"],
        title=entry["title"].strip(),
        affected=affected,
        source=entry["source"].strip(),
        aliases=aliases,
        undetermined=_ranges(document, where + ("undetermined",), entry.get("undetermined") or []),
        applies_when=conditions["applies_when"],
        mitigated_by=conditions["mitigated_by"],
        severity=severity,
        exploited=exploited,
    )


def _ranges(document: Document, where: _Where, entries: t.Any) -> tuple[Range, ...]:
    document.expect(where, isinstance(entries, list), "must be a list of ranges")
    found = []
    for position, entry in enumerate(entries):
        here = where + (position,)
        document.expect(here, isinstance(entry, dict), "must be a mapping with introduced and fixed")
        _known(document, here, entry, ("introduced", "fixed"))
        for key in ("introduced", "fixed"):
            document.expect(here, key in entry, f"needs the key {key}")
        first = parsed(entry["introduced"])
        if first is None:
            raise document.error(here + ("introduced",), 'must be a version as text, such as "24.0.0", or "0"')
        last = parsed(entry["fixed"])
        document.expect(
            here + ("fixed",),
            entry["fixed"] is None or last is not None,
            'must be a version as text, such as "25.0.6", or null if it is not known',
        )
        document.expect(here, last is None or first < last, "fixed must be a later version than introduced")
        found.append(Range(first, last, entry["fixed"]))
    return tuple(found)


def _names(document: Document, where: _Where, value: t.Any) -> tuple[str, ...]:
    entries = [] if value is None else value
    valid = isinstance(entries, list) and all(isinstance(one, str) for one in entries)
    document.expect(where, valid, "must be a list of names")
    return tuple(entries)


def _one_of(document: Document, where: _Where, value: t.Any, known: tuple[str, ...]) -> None:
    if not isinstance(value, str):
        raise document.error(where, f"must be one of {', '.join(known)}")
    if value not in known:
        raise document.error(where, f"must be one of {', '.join(known)}{nearest(value, known)}")


def _known(document: Document, where: _Where, entry: dict[str, t.Any], known: tuple[str, ...]) -> None:
    for key in entry:
        if key not in known:
            raise document.error(where + (key,), f"unknown key{nearest(key, known)}")
