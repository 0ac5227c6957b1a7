# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits that a container is seen to fit into, from what the kernel counted. Pure; nothing applies them by itself.

The rule, which ``docs/playbooks.md`` describes: one and a half times the most that was used, or twice what is used now where the
kernel counted no most, rounded up to a whole step, and at least a least. Where the limit that a container has was met, the most
says only that it wanted more: twice that limit.
"""

from __future__ import annotations

import json
import re
import typing as t

import yaml

from ansible_collections.seawall.docker.plugins.plugin_utils._plan.container_limits import size_text
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import fact

Json = dict[str, t.Any]

MIB = 2**20
# No kernel counts further.
_MOST = 2**63
# What the engine takes for a name. Ansible evaluates braces in a file of variables, so no other text goes into one.
_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]{0,250}")
_NO_NAME = "Docker accepts no such name for a container."
_OF_MOST, _OF_NOW = 1.5, 2.0


class Kind(t.NamedTuple):
    """One limit: its name in the posture, the counts of use, those that say that it was met, and how it is rounded."""

    option: str
    limit: str
    most: str
    now: str
    met: tuple[str, ...]
    step: int
    least: int


MEMORY = Kind(
    *("memory", "memory_bytes", "memory_peak_bytes", "memory_bytes", ("memory_limit_hits", "oom_kills")),
    16 * MIB,
    64 * MIB,
)
PIDS = Kind("pids", "pids", "pids_peak", "pids", ("pids_refused",), 10, 50)


class Size(t.NamedTuple):
    """A suggested limit in bytes or processes, and a sentence about the figure that it is from."""

    limit: int
    reason: str


def size_of(kind: Kind, uses: t.Sequence[t.Any]) -> Size | None:
    """Return the size that fits what was used, or None if that is not known. ``uses`` are ``use`` of one container at several
    times."""
    for name, factor, when in (
        (kind.most, _OF_MOST, "at most since its start"),
        (kind.now, _OF_NOW, "when it was looked at"),
    ):
        figures = [figure for figure in (_count(use, name) for use in uses) if figure]
        if figures:
            figure = max(figures)
            limit = max(kind.least, _up(figure * factor, kind.step))
            if kind is MEMORY:
                reason = f"It used {size_text(_up(figure, MIB))} {when}, and {factor:g} times as much is room for it."
            else:
                reason = f"It had {figure} {when}."
            return Size(limit, reason)
    return None


def suggested_limits(cgroup: Json, earlier: t.Sequence[Json] = ()) -> list[Json]:
    """Return for each running container what is suggested, ordered by name.

    ``cgroup`` is that section of a posture, and ``earlier`` are those of earlier audits of the same host: the most of all
    counts for a container of the same name. Each entry is one of ``limits_wanted``: ``containers`` with one name, and ``limits``;
    and has ``reasons``, a sentence for each limit and for each that cannot be suggested.
    """
    found = []
    before: dict[str, list[Json]] = {}
    for section in earlier:
        for one in _running(section):
            before.setdefault(one["name"], []).append(one)
    for container in sorted(_running(cgroup), key=lambda one: str(one["name"])):
        seen = [container, *before.get(container["name"], [])]
        limits: Json = {}
        reasons = []
        if not _NAME.fullmatch(container["name"]):
            found.append({"containers": [container["name"]], "limits": {}, "reasons": [_NO_NAME]})
            continue
        for kind in (MEMORY, PIDS):
            size = _met(kind, seen) or size_of(kind, [one.get("use") for one in seen])
            reasons.append(f"{kind.option}: {size.reason if size else 'It is not known how much it used.'}")
            if size is not None:
                limits[kind.option] = size_text(size.limit) if kind is MEMORY else size.limit
        found.append({"containers": [container["name"]], "limits": limits, "reasons": reasons})
    return found


def wanted_of(suggested: list[Json]) -> Json:
    """Return the suggestions as ``limits_wanted``, and those without a limit as ``without_a_suggestion``."""
    return {
        "limits_wanted": [one for one in suggested if one["limits"]],
        "without_a_suggestion": [one for one in suggested if not one["limits"]],
    }


def text_of(host: str, made: Json, counted: t.Sequence[str]) -> str:
    """Return a file of variables in YAML for the playbook ``limits``; what is no variable of it is a comment. ASCII only, so
    that no name of a container can steer the terminal."""
    lines = [f"# For {_word(host)} alone. Use this file with --limit, or put it into the variables of this host."]
    lines += [f"# Counted, too: {_word(path)}" for path in counted]
    for one in made["without_a_suggestion"]:
        lines += [f"# No suggestion for {_word(one['containers'][0])}. {' '.join(one['reasons'])}"]
    entries = []
    for one in made["limits_wanted"]:
        entry = yaml.safe_dump([{key: one[key] for key in ("containers", "limits")}], sort_keys=False, width=150)
        entries += [f"  # {reason}" for reason in one["reasons"]]
        entries += [f"  {line}" for line in entry.splitlines()]
    return "\n".join([*lines, "limits_wanted:", *entries] if entries else [*lines, "limits_wanted: []"]) + "\n"


def _word(text: str) -> str:
    return json.dumps(str(text))


def _running(section: Json) -> list[Json]:
    """What a host says, or a file says of it, may have any form."""
    listed = section.get("containers")
    return [
        one
        for one in (listed if isinstance(listed, list) else [])
        if isinstance(one, dict) and one.get("running") and isinstance(one.get("name"), str) and one["name"]
    ]


def _met(kind: Kind, seen: list[Json]) -> Size | None:
    bounds = [_enforced(one, kind.limit) for one in seen if any(_count(one, "held_back", name) for name in kind.met)]
    known = [bound for bound in bounds if bound is not None]
    if not known:
        return None
    shown = size_text(max(known)) if kind is MEMORY else str(max(known))
    return Size(
        max(kind.least, _up(2 * max(known), kind.step)), f"It met its limit of {shown}, and twice that may be enough."
    )


def _count(document: t.Any, *keys: str) -> int | None:
    value = fact(document, *keys)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST else None


def _enforced(container: Json, name: str) -> int | None:
    return _count(container, "limits", name, "enforced") or None


def _up(number: float, step: int) -> int:
    return -int(-number // step) * step
