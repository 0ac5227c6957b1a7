# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In which order containers are made and started: each after those that it needs. Pure."""

from __future__ import annotations

import typing as t

Document = t.Dict[str, t.Any]
_SHARED = ("NetworkMode", "PidMode", "IpcMode")
_COMPOSE = "com.docker.compose."


def name_of(inspected: Document) -> str:
    return str(inspected["Name"]).lstrip("/")


def joined_by(inspected: Document) -> t.Set[str]:
    """Return the containers whose namespaces a container joins."""
    modes = [str(inspected["HostConfig"].get(key) or "") for key in _SHARED]
    return {mode.partition(":")[2] for mode in modes if mode.startswith("container:")}


def shared_with(inspected: Document) -> t.List[str]:
    """Return the names or ids of containers whose namespaces, volumes or links a container cannot be without."""
    config = inspected["HostConfig"]
    found = sorted(joined_by(inspected))
    found += [str(one).partition(":")[0] for one in config.get("VolumesFrom") or []]
    return found + [str(one).partition(":")[0].lstrip("/") for one in config.get("Links") or []]


def found_in(inspecteds: t.Iterable[Document], wanted: str) -> t.Optional[Document]:
    """Return the container that a name or an id means."""
    known = list(inspecteds)
    for one in known:
        if wanted in (name_of(one), one["Id"]):
            return one
    if len(wanted) >= 12:
        return next((one for one in known if str(one["Id"]).startswith(wanted)), None)
    return None


def missing_before(ordered: t.List[Document]) -> t.Optional[t.Tuple[str, str]]:
    """Return a container, and one that it needs and that is not before it; None if the order holds."""
    for position, one in enumerate(ordered):
        for needed in shared_with(one):
            if found_in(ordered[:position], needed) is None:
                return name_of(one), needed
    return None


def ordered(inspecteds: t.List[Document]) -> t.List[Document]:
    """Return the containers, those that others need first, and otherwise as they were created.

    What compose knows of services that need each other is kept where it forms no circle.
    """
    left = sorted(inspecteds, key=lambda one: (str(one.get("Created") or ""), name_of(one)))
    done: t.List[Document] = []
    while left:
        # Where only a circle is left, the oldest comes first.
        chosen = next((one for one in left if not _waits(one, left)), None) or next(
            (one for one in left if not any(found_in(left, needed) for needed in shared_with(one))), left[0]
        )
        left.remove(chosen)
        done.append(chosen)
    return done


def _waits(inspected: Document, left: t.List[Document]) -> bool:
    if any(found_in(left, needed) for needed in shared_with(inspected)):
        return True
    services = services_needed(inspected)
    return any(one is not inspected and service_of(one) in services for one in left)


def service_of(inspected: Document) -> t.Tuple[str, str]:
    labels = inspected["Config"].get("Labels") or {}
    return str(labels.get(f"{_COMPOSE}project", "")), str(labels.get(f"{_COMPOSE}service", ""))


def services_needed(inspected: Document, condition: str = "") -> t.Set[t.Tuple[str, str]]:
    """Return the services that compose starts before this one, those that it waits for with ``condition``.

    The label is ``db:service_healthy:false,…``.
    """
    labels = inspected["Config"].get("Labels") or {}
    needed = [one.split(":") for one in str(labels.get(f"{_COMPOSE}depends_on") or "").split(",") if one]
    project = service_of(inspected)[0]
    return {(project, one[0]) for one in needed if project and (not condition or condition in one[1:])}
