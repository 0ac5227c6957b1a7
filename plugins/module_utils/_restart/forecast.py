# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Predict what a restart of the engine does to each container. Pure.

Measured on engines 20.10, 26.1 and 28.5. An outcome is one of

- ``keeps_running``: the process goes on (a paused one stays paused);
- ``restarted``: it is stopped with the engine, and started again by its restart policy;
- ``stopped``: it is stopped with the engine, and stays so;
- ``started``: it does not run now, and its restart policy starts it;
- ``unchanged``: it does not run now, and does not afterwards;
- ``deleted``: it was made with --rm. Whether its anonymous volumes go with it is decided by chance in the engine as it
  ends: of twelve tries each, they stayed three times on 20.10 and on 26.1, and always on 28.5;
- ``orphaned``: its process goes on without an engine that knows of it;
- ``hidden``: it does not run, and the engine does not show it any more.
"""

from __future__ import annotations

import re
import typing as t

Document = t.Dict[str, t.Any]

RUNS_AFTERWARDS = ("keeps_running", "restarted", "started")
_ALIVE = ("running", "paused", "restarting")
# Until this version an engine with live-restore deletes --rm containers that it should have kept.
_KEEPS_AUTO_REMOVE = (24, 0, 8)
# With live-restore, 20.10 forgets the status of a program that it waits to start again; 26.1 does not. Between them nobody
# has looked, and nothing is promised.
_KEEPS_STATUS = (26, 1)


class Container(t.NamedTuple):
    """What the forecast must know of one container; from ``inspect`` by ``of_inspect``."""

    id: str
    name: str
    state: str
    policy: str
    maximum_retries: int = 0
    restart_count: int = 0
    exit_code: int = 0
    auto_remove: bool = False
    started_at: str = ""


class Forecast(t.NamedTuple):
    id: str
    name: str
    state: str
    restart_policy: str
    auto_remove: bool
    outcome: str
    reason: str

    def document(self) -> Document:
        return dict(self._asdict())


def of_inspect(inspected: Document) -> Container:
    """Raises KeyError or TypeError for half an answer, which no forecast is made from."""
    state, host = inspected["State"], inspected["HostConfig"]
    policy = host.get("RestartPolicy") or {}
    return Container(
        str(inspected["Id"]),
        str(inspected.get("Name") or "").lstrip("/"),
        str(state["Status"]),
        str(policy.get("Name") or "no"),
        int(policy.get("MaximumRetryCount") or 0),
        int(inspected.get("RestartCount") or 0),
        int(state.get("ExitCode") or 0),
        bool(host.get("AutoRemove")),
        str(state.get("StartedAt") or ""),
    )


def predict(
    containers: t.Iterable[Container],
    live_restore: bool,
    engine_version: str,
    live_restore_after: bool | None = None,
    live_restore_holds: bool = True,
    hides: bool = False,
    stop_kills_shims: bool | None = False,
) -> list[Forecast]:
    """The outcome for each container, in their order.

    ``live_restore`` is what the running engine has, ``live_restore_after`` what the new configuration says (None: the
    same). ``live_restore_holds`` is false for changes that cut containers off (userns-remap, data-root …), ``hides``
    true for those after which the engine does not show them. ``stop_kills_shims`` says that the service manager ends the
    shims of containers with the engine, so that live restore keeps none of them. None: it is not known, and what may end
    is not promised to run on.
    """
    numbers = tuple(int(number) for number in re.findall(r"\d{1,9}", engine_version.split("+")[0])[:3])
    keeps_auto_remove = bool(numbers) and numbers >= _KEEPS_AUTO_REMOVE
    keeps_status = bool(numbers) and numbers >= _KEEPS_STATUS
    after = live_restore if live_restore_after is None else live_restore_after
    found = []
    for container in containers:
        lives_on = live_restore and container.state in ("running", "paused")
        if lives_on and (stop_kills_shims or (stop_kills_shims is None and live_restore_holds and after)):
            outcome, reason = _of_killed(container, hides, stop_kills_shims)
        else:
            outcome, reason = _outcome(container, live_restore, after, live_restore_holds, hides, keeps_auto_remove)
        if live_restore and not hides and not keeps_status and _waits_after_failure(container):
            outcome, reason = (
                "stopped",
                "it waits to be started again after a failure, which engines before 26.1 forget with live restore",
            )
        policy = container.policy
        if policy == "on-failure" and container.maximum_retries:
            policy += f":{container.maximum_retries}"
        found.append(
            Forecast(container.id, container.name, container.state, policy, container.auto_remove, outcome, reason)
        )
    return found


def _outcome(
    container: Container, before: bool, after: bool, holds: bool, hides: bool, keeps_auto_remove: bool
) -> tuple[str, str]:
    alive = container.state in _ALIVE
    if before and alive and container.state != "restarting":
        # The decision at the end of the old engine is made by what it runs with, not by what the file says now.
        if not holds:
            return "orphaned", "live restore lets it run on, and the new engine does not know it"
        if after:
            if container.auto_remove and not keeps_auto_remove:
                return "deleted", "made with --rm, which engines up to 24.0.7 delete in spite of live restore"
            return "keeps_running", "live restore"
        # The new engine ends what the old one let run on, as a person would: unless-stopped then means stopped.
        if not hides and container.policy == "unless-stopped" and not container.auto_remove:
            return "stopped", "live restore is switched off by the restart, and unless-stopped counts that as stopped"
    if hides:
        if alive and container.auto_remove:
            return (
                "deleted",
                "made with --rm: the old engine removes it as it stops, and its anonymous volumes may go, too",
            )
        if alive:
            return "stopped", "it is stopped with the engine, and the new engine does not show it"
        return "hidden", "the new engine does not show it"
    if alive:
        return _of_running(container)
    return _of_stopped(container)


def _of_killed(container: Container, hides: bool, killed: bool | None) -> tuple[str, str]:
    why = "the service manager ends its shim together with the engine"
    if not killed:
        why = "whether the service manager ends its shim together with the engine is not known"
    if hides:
        return ("deleted" if container.auto_remove else "stopped"), f"{why}, and the new engine does not show it"
    outcome, reason = _of_running(container)
    return outcome, f"{why}, so live restore does not keep it; {reason}"


def _waits_after_failure(container: Container) -> bool:
    return container.state == "restarting" and container.policy == "on-failure" and not container.auto_remove


def _of_running(container: Container) -> tuple[str, str]:
    if container.auto_remove:
        return "deleted", "made with --rm: it is removed, and its anonymous volumes may go, too"
    if container.policy in ("always", "unless-stopped"):
        return "restarted", f"its restart policy is {container.policy}"
    if container.policy == "on-failure":
        if container.maximum_retries and container.restart_count >= container.maximum_retries:
            return "stopped", "its restart policy is on-failure, and its retries are used up"
        return "restarted", "its restart policy is on-failure; where its program ends with status 0 it stays stopped"
    if container.state == "paused":
        return "stopped", "it is paused and has no restart policy: it is killed"
    return "stopped", "it has no restart policy"


def _of_stopped(container: Container) -> tuple[str, str]:
    if container.auto_remove and container.policy in ("", "no"):
        return "deleted", "made with --rm, and not running"
    if container.state == "created":
        return "unchanged", "it was never started"
    if container.state in ("removing", "dead"):
        return "deleted", "its removal was begun, and is finished"
    if container.policy == "always":
        return "started", "its restart policy is always, which starts it even after it was stopped by hand"
    if container.policy == "on-failure" and container.exit_code != 0:
        if container.maximum_retries and container.restart_count >= container.maximum_retries:
            return "unchanged", "its restart policy is on-failure, and its retries are used up"
        return "started", f"its restart policy is on-failure, and it ended with status {container.exit_code}"
    return "unchanged", "it does not run"


class Change(t.NamedTuple):
    id: str
    name: str
    before: t.Optional[str]
    after: t.Optional[str]
    change: str

    def document(self) -> Document:
        return dict(self._asdict())


def compare(before: t.Iterable[Container], after: t.Iterable[Container]) -> list[Change]:
    """What really became of each container: ``kept``, ``restarted``, ``stopped``, ``started``, ``vanished``,
    ``appeared``, or ``unchanged`` for one that runs neither before nor after.
    """
    old = {container.id: container for container in before}
    new = {container.id: container for container in after}
    changes = []
    for identifier in [*old, *(key for key in new if key not in old)]:
        was, now = old.get(identifier), new.get(identifier)
        changes.append(
            Change(
                identifier,
                (now or t.cast(Container, was)).name,
                was.state if was else None,
                now.state if now else None,
                _change(was, now),
            )
        )
    return changes


def _change(was: Container | None, now: Container | None) -> str:
    if was is None:
        return "appeared"
    if now is None:
        return "vanished"
    ran, runs = was.state in _ALIVE, now.state in _ALIVE
    if ran and runs:
        return "kept" if was.started_at == now.started_at and now.state != "restarting" else "restarted"
    if ran != runs:
        return "started" if runs else "stopped"
    return "unchanged"


def missing(forecasts: t.Iterable[Forecast], changes: t.Iterable[Change], strict: bool = True) -> list[str]:
    """Names of containers that should run and do not. One whose program ends by itself is given the benefit of doubt:
    a policy that restarts it is at work.
    """
    became = {change.id: change for change in changes}
    names = []
    for forecast in forecasts:
        change = became.get(forecast.id)
        if forecast.outcome not in RUNS_AFTERWARDS or change is None:
            continue
        if forecast.state == "restarting" or (forecast.outcome == "started" and not strict):
            continue
        if forecast.restart_policy.startswith("on-failure") and forecast.outcome != "keeps_running":
            continue  # whether it comes back is decided by the status with which its program ended
        if change.after not in _ALIVE:
            names.append(forecast.name)
    return names
