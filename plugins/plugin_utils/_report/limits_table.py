# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits of containers as a table: what was declared, and where the kernel enforces something else."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._report import text
from ansible_collections.seawall.docker.plugins.plugin_utils._report.numbers import count_of

Json = dict[str, t.Any]

COLUMNS = {
    "memory_bytes": "Memory",
    "memory_swap_bytes": "Memory and swap",
    "cpus": "CPUs",
    "pids": "Processes",
}
_OTHERS = {
    "memory_reservation_bytes": "reservation",
    "cpu_shares": "CPU shares",
    "cpuset_cpus": "CPU set",
    "cpuset_mems": "memory nodes",
    "blkio_weight": "I/O weight",
}
_MOST_CONTAINERS = 1_000
_MOST_NAMES = 20


class Cell(t.NamedTuple):
    """The declared limit, and what the kernel does instead, or None where it enforces what was declared."""

    declared: str
    instead: str | None = None
    fault: bool = False


@dataclasses.dataclass
class Row:
    """Containers with equal limits."""

    names: list[str]
    more: int
    state: str
    cells: list[Cell]
    others: list[Cell]
    fault: bool


@dataclasses.dataclass
class Table:
    rows: list[Row]
    # Containers that the table leaves out.
    more: int
    faults_only: bool


def accepted(value: t.Any) -> Json | None:
    """Return ``limits`` of a document that somebody else could have written, without what is no limit."""
    if not isinstance(value, dict) or not isinstance(value.get("containers"), list):
        return None
    return {
        "containers": [_accepted(one) for one in value["containers"][:_MOST_CONTAINERS] if isinstance(one, dict)],
        "more": count_of(value.get("more")),
    }


def _accepted(one: Json) -> Json:
    limits = one.get("limits")
    return {
        "name": str(one.get("name") or ""),
        "running": one.get("running") is True,
        "limits": {
            str(name): {key: _value(limit[key]) for key in ("declared", "enforced", "verdict") if key in limit}
            for name, limit in (limits.items() if isinstance(limits, dict) else ())
            if isinstance(limit, dict) and (name in COLUMNS or name in _OTHERS)
        },
        "unread": str(one["unread"]) if one.get("unread") else None,
    }


def _value(value: t.Any) -> t.Any:
    return value if value is None or isinstance(value, (bool, int, float, str)) else "?"


def table(limits: Json | None, most: int, faults_only: bool) -> Table | None:
    """Return the table of accepted limits: a row for all containers with equal limits, those that are not enforced first.

    It has at most so many rows, or ``faults_only`` those of containers whose limits are not enforced as they were declared.
    """
    if limits is None or not limits["containers"]:
        return None
    rows: dict[t.Any, Row] = {}
    for one in limits["containers"]:
        cells = [_cell(name, one) for name in COLUMNS]
        others = [
            cell._replace(declared=f"{label} {cell.declared}")
            for label, cell in ((label, _cell(name, one)) for name, label in _OTHERS.items())
            if cell.declared != "–"
        ]
        state = "running" if one["running"] else "stopped"
        key = (state, tuple(cells), tuple(others))
        fault = any(cell.fault for cell in (*cells, *others))
        row = rows.setdefault(key, Row([], 0, state, cells, others, fault))
        if len(row.names) < _MOST_NAMES:
            row.names.append(one["name"])
        else:
            row.more += 1
    wanted = [row for row in rows.values() if row.fault or not faults_only]
    wanted.sort(key=lambda row: (not row.fault, row.state != "running", -len(row.names) - row.more))
    shown = wanted[:most]
    if not shown:
        return None
    left = sum(len(row.names) + row.more for row in wanted[most:]) if not faults_only else 0
    return Table(shown, limits["more"] + left, faults_only)


def _cell(name: str, container: Json) -> Cell:
    limit = container["limits"].get(name)
    declared = _shown(name, (limit or {}).get("declared"))
    if limit is None and not (container["running"] and container["unread"]):
        return Cell("–")
    if not container["running"]:
        return Cell(declared)
    if limit is None or "enforced" not in limit:
        return Cell(declared, "in force: not known", True)
    verdict = limit.get("verdict")
    if verdict in ("equal", "unlimited"):
        return Cell(declared)
    said = "not in force" if verdict == "not_enforced" else f"in force: {_shown(name, limit['enforced'])}"
    return Cell(declared, said, verdict != "undeclared")


def _shown(name: str, value: t.Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return text.shorten(str(value), 100)
    if name.endswith("_bytes") and isinstance(value, int):
        for unit, size in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
            if value >= size:
                return f"{value / size:,.1f}".removesuffix(".0") + f" {unit}"
        return f"{value:,} bytes"
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"
