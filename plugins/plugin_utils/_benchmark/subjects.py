# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The subjects of verdicts, each with its facts from several sections."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.expressions import (
    Gap,
    missing,
    why_missing,
)


class Subject(t.NamedTuple):
    type: str
    name: str
    id: str | None
    facts: dict[str, t.Any]


# Subject type to the posture's list, the key of the name, and the key of the id.
_LISTS = {
    "container": ("containers", "name", "id"),
    "file": ("files", "path", None),
    "image": ("images", "name", "id"),
    "network": ("networks", "name", "id"),
}
# Sections with a list of their own about each container.
_JOINED = ("userns", "cgroup")


def subjects_of(posture: dict[str, t.Any], kind: str, host: str) -> list[Subject] | Gap:
    """Return the subjects of a kind in the order of names, or a ``Gap`` if the posture does not list them."""
    if kind == "host":
        return [Subject("host", host, None, posture)]
    section, name_key, id_key = _LISTS[kind]
    reason = missing({"host": posture}, ("host", section))
    if reason is not None:
        return Gap(reason)
    entries = posture[section]
    if kind == "container":
        entries = _joined(posture, entries)
    subjects = [Subject(kind, str(entry[name_key]), entry[id_key] if id_key else None, entry) for entry in entries]
    return sorted(subjects, key=lambda subject: (subject.name, subject.id or ""))


def _joined(posture: dict[str, t.Any], containers: list[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
    result = [{**container, "unread": dict(container.get("unread") or {})} for container in containers]
    for section in _JOINED:
        reason = why_missing({"host": posture}, ("host", section, "containers"))
        by_id = {} if reason is not None else {entry["id"]: entry for entry in posture[section]["containers"]}
        for container in result:
            if container["id"] in by_id:
                container[section] = by_id[container["id"]]
            else:
                container["unread"][section] = reason or "the container was not seen by this collector"
    return result
