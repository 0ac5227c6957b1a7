# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What became of the containers: the forecast of a plan beside the containers that the next audit saw."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._restart.forecast import RUNS_AFTERWARDS
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Json, some
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.quoting import quoted
from ansible_collections.seawall.docker.plugins.plugin_utils._report.text import plural

_ALIVE = ("running", "paused", "restarting")
# If several steps stop the engine, the first of these counts.
_BY_WEIGHT = ("deleted", "orphaned", "hidden", "stopped", "restarted", "started", "keeps_running", "unchanged")
_MANY = 30


def forecast_of(steps: t.Sequence[Json]) -> Json:
    """Return what the steps of a plan make of each container, and whether Docker then shows other containers."""
    outcomes: dict[str, Json] = {}
    for made in steps:
        for one in made["containers"]:
            known = outcomes.get(one["id"])
            if known is None or _BY_WEIGHT.index(one["outcome"]) < _BY_WEIGHT.index(known["outcome"]):
                outcomes[one["id"]] = {key: one[key] for key in ("id", "name", "outcome")}
    hides = any(made["kind"] == "userns_remap" or made.get("hides") for made in steps)
    return {"hides": hides, "containers": list(outcomes.values())}


def lines_of(promised: Json, posture: Json) -> list[str]:
    """Return a line for each container that is not as forecast, and one for those that stay stopped."""
    expected, hides = promised["containers"], promised["hides"]
    if not expected and not hides:
        return []
    containers = posture.get("containers")
    if not isinstance(containers, list):
        reason = (posture.get("unread") or {}).get("containers", "they could not be listed")
        return [f"what became of the containers is not known: {reason}"]
    now = {str(one.get("id")): one for one in containers}
    unlike = [line for one in expected for line in [_unlike(one, now.get(one["id"]), hides)] if line]
    running = [one["name"] for one in expected if one["outcome"] in RUNS_AFTERWARDS and _runs(now.get(one["id"]))]
    lines = [f"{plural(len(running), 'container runs', 'containers run')} as forecast"] if running else []
    lines += unlike[:_MANY]
    if len(unlike) > _MANY:
        lines.append(f"and {len(unlike) - _MANY} more containers that are not as forecast")
    stopped = [one["name"] for one in expected if one["outcome"] == "stopped" and _is_down(now.get(one["id"]))]
    lines += _start_again("stopped by the restart, as forecast", stopped)
    if hides:
        before = {one["id"] for one in expected}
        shown = [str(one.get("name")) for one in containers if str(one.get("id")) not in before and _is_down(one)]
        lines += _start_again("shown by Docker again, and not running", shown)
    return lines


def _unlike(one: Json, found: Json | None, hides: bool) -> str | None:
    outcome = one["outcome"]
    word = outcome.replace("_", " ")
    if outcome in RUNS_AFTERWARDS and found is None:
        return f"container {one['name']} is gone (forecast: {word})"
    if outcome in RUNS_AFTERWARDS and found is not None and not _runs(found):
        code = found.get("exit_code")
        ended = f", exit code {code}" if isinstance(code, int) and found.get("state") == "exited" else ""
        return (
            f"container {one['name']} does not run: {found.get('state')}{ended} (forecast: {word})."
            f" See: docker logs {quoted(one['name'])}"
        )
    if outcome in ("stopped", "unchanged") and _runs(found):
        return f"container {one['name']} runs (forecast: {word})"
    if outcome == "stopped" and found is None and not hides:
        return f"container {one['name']} is gone (forecast: {word})"
    return None


def _start_again(what: str, names: t.Sequence[str]) -> list[str]:
    if not names:
        return []
    command = " ".join(quoted(name) for name in names[:_MANY])
    return [f"{what}: {some(names, _MANY)}. To start: docker start {command}"]


def _runs(found: Json | None) -> bool:
    return found is not None and found.get("state") in _ALIVE


def _is_down(found: Json | None) -> bool:
    return found is not None and not _runs(found)
