# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a play is, as one line: pure. Names and messages of hosts become visible text."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.visible import visible
from ansible_collections.seawall.docker.plugins.plugin_utils._report.text import plural, shorten

_MESSAGE = 2_000
_ITEMS = 3
# Of an item of a loop. From ansible-core 2.20 on it does not say that it failed.
_LOST = ("failed", "unreachable", "exception")
# So much of a task's name is always shown, if the terminal has room for it at all.
_NAME = 10


class Hosts:
    """The hosts of a play: how many there are, and how those ended that it lost."""

    def __init__(self) -> None:
        self.total = 0
        # How many were in the batches that have ended.
        self.before = 0
        self._play = ""
        self._batch: set[str] = set()
        self._lost_before: set[str] = set()
        # Ansible's own list: a rescue takes a host out of it again.
        self._removed: t.Sequence[str] = ()
        self.failed: set[str] = set()
        self.unreachable: set[str] = set()
        # Of the play that ran last, those whose batch was never begun.
        self.waiting: set[str] = set()

    def begin(self, play: str, everyone: t.Sequence[str], batch: t.Sequence[str], removed: t.Sequence[str]) -> None:
        """Begin a play, or the next batch of the play that ran last. ``removed`` is read again for each line."""
        if not everyone:
            return  # Nothing runs, and Ansible lists nowhere whom earlier plays lost.
        if play == self._play:
            self.before += len(self._batch)
        else:
            # Ansible still has them among the hosts of the play, although they do nothing there.
            self._lost_before = set(self._removed)
            self.total = len(set(everyone) - self._lost_before)
            self.before, self.failed, self.unreachable = 0, set(), set()
            self.waiting = set(everyone) - self._lost_before
        self._batch = set(batch) - self._lost_before
        self.waiting -= self._batch
        self._play, self._removed = play, removed

    @property
    def gone(self) -> set[str]:
        """Of the batch that runs, those that do no later task."""
        return self._batch.intersection(self._removed)

    def see(self, host: str) -> None:
        """Count a host that does a task although an earlier play lost it, such as after clear_host_errors."""
        if host in self._lost_before:
            self._lost_before.remove(host)
            self._batch.add(host)
            self.total += 1

    def goes_on(self, host: str) -> bool:
        return host not in self._removed

    def lose(self, host: str, outcome: str) -> None:
        """Count a host as failed or unreachable. An audit has some go on to the end."""
        (self.unreachable if outcome == "unreachable" else self.failed).add(host)


class Task:
    """How many hosts have done a task. Hosts that ended before count as if they had."""

    def __init__(self, name: str, hosts: Hosts, counts: bool = True) -> None:
        self.name = visible(name)
        self.worked = 0
        self.changed = 0
        self._did: set[str] = set()
        self._hosts = hosts
        # A task that one host does for all is only named. Sometimes this is known when the host has done it.
        self.counts = counts

    @property
    def done(self) -> int:
        return self._hosts.before + len(self._did | self._hosts.gone)

    def add(self, host: str, *, changed: bool = False, skipped: bool = False) -> None:
        self._hosts.see(host)
        self._did.add(host)
        self.worked += not skipped
        self.changed += changed

    def line(self, columns: int | None = None) -> str:
        """Return the line. The name is cut before the counts are."""
        if not self.counts:
            return self.name if columns is None else shorten(self.name, columns)
        hosts = self._hosts
        counts = [f"{self.done:,} of {plural(hosts.total, 'host')}"]
        counts += [f"{self.changed:,} changed"] if self.changed else []
        counts += [f"{len(hosts.failed):,} failed"] if hosts.failed else []
        counts += [f"{len(hosts.unreachable):,} unreachable"] if hosts.unreachable else []
        said = ", ".join(counts)
        if columns is None:
            return f"{self.name}: {said}"
        name = shorten(self.name, max(columns - len(said) - 2, _NAME))
        return shorten(f"{name}: {said}", columns)


def failure(outcome: str, host: str, task: str, result: t.Mapping[str, t.Any], goes_on: bool = False) -> str:
    """Return the line about a host that failed, with what its task says."""
    said = "; ".join(_messages(result)) or str(result.get("reason") or "no reason was given")
    where = f" {visible(task)}:" if task else ""
    return f"{outcome.upper()} {visible(host)}{' (goes on)' if goes_on else ''}:{where} {shortened(said)}"


def lines_of(host: str, message: t.Any) -> t.Iterator[str]:
    """Yield the lines of what a playbook says of a host. A plan or a summary is a list of lines."""
    for line in message if isinstance(message, list) else [message]:
        yield f"{shortened(host)}: {shortened(str(line))}"


def warnings(result: t.Mapping[str, t.Any], deprecations: bool = True) -> t.Iterator[str]:
    """Yield what the result of a task warns of."""
    yield from (shortened(str(one)) for one in _list(result.get("warnings")))
    for one in _list(result.get("deprecations")) if deprecations else []:
        yield shortened(f"Deprecated: {one.get('msg') if isinstance(one, dict) else one}")


def _list(value: t.Any) -> list[t.Any]:
    return value if isinstance(value, list) else []


def _messages(result: t.Mapping[str, t.Any]) -> t.Iterator[str]:
    for name in ("msg", "censored", "stderr"):
        if result.get(name):
            yield str(result[name])
    lost = [one for one in _list(result.get("results")) if isinstance(one, dict) and any(map(one.get, _LOST))]
    yield from (f"{one.get('_ansible_item_label', 'an item')}: {one.get('msg', '')}" for one in lost[:_ITEMS])
    if len(lost) > _ITEMS:
        yield f"{len(lost) - _ITEMS} more items failed"


def shortened(message: str) -> str:
    """Return a message of a host on one line that ends somewhere."""
    return shorten(visible(message[:_MESSAGE]), _MESSAGE)


def totals(processed: int, failed: int, unreachable: int, not_begun: int = 0) -> str:
    """Return the last line of a run. Hosts that were not begun did tasks of earlier plays only."""
    if not processed:
        return "No host did anything."
    said = [f"{processed - failed - unreachable - not_begun:,} ok"]
    said += [f"{failed:,} failed"] if failed else []
    said += [f"{unreachable:,} unreachable"] if unreachable else []
    said += [f"{not_begun:,} not begun"] if not_begun else []
    return f"{plural(processed, 'host')}: {', '.join(said)}"
