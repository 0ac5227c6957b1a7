# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a run is, as one line: counts over batches, the width of a terminal, and messages of hosts."""

from __future__ import annotations

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils import _progress
from ansible_collections.seawall.docker.plugins.plugin_utils._report.text import width


def hosts_of(total: int, batch: int | None = None) -> _progress.Hosts:
    hosts = _progress.Hosts()
    hosts.begin("Audit", total, total if batch is None else batch)
    return hosts


def task_of(hosts: _progress.Hosts, name: str = "Look", did: int = 0) -> _progress.Task:
    task = _progress.Task(name, hosts)
    for number in range(did):
        task.add(f"host{number}")
    return task


def test_batches_of_a_play_are_counted_together() -> None:
    hosts = hosts_of(1000, 400)
    task = task_of(hosts)
    assert task.line() == "Look: 0 of 1,000 hosts"
    hosts.lose("web1", "failed")
    task.add("web1")
    assert task.line() == "Look: 1 of 1,000 hosts, 1 failed"
    # It need not do the later tasks of its batch.
    task = task_of(hosts, "Work")
    task.add("web2", changed=True)
    assert task.line() == "Work: 2 of 1,000 hosts, 1 changed, 1 failed"
    hosts.begin("Audit", 1000, 400)
    assert task_of(hosts).line() == "Look: 400 of 1,000 hosts, 1 failed"
    hosts.lose("web1000", "unreachable")
    assert task_of(hosts).line() == "Look: 401 of 1,000 hosts, 1 failed, 1 unreachable"
    hosts.begin("Audit", 1000, 200)
    assert task_of(hosts, did=200).done == 1000
    # Another play, or the same one once more over all hosts, begins anew.
    hosts.begin("End", 1000, 1000)
    assert task_of(hosts).line() == "Look: 0 of 1,000 hosts"
    hosts.begin("End", 1000, 1000)
    assert task_of(hosts).done == 0


def test_a_host_is_lost_once_and_may_go_on() -> None:
    hosts = hosts_of(3)
    # Each host at its own speed: it is lost in a task after it began another one.
    begun = task_of(hosts, did=1)
    hosts.lose("web1", "failed")
    hosts.lose("web1", "failed")
    hosts.lose("web2", "unreachable", ends=False)
    assert begun.line() == "Look: 2 of 3 hosts, 1 failed, 1 unreachable"
    later = task_of(hosts)
    assert later.done == 1
    later.add("web2")
    assert later.done == 2


def test_skipped_hosts_are_done_and_no_work() -> None:
    task = task_of(hosts_of(1))
    task.add("web1", skipped=True)
    assert (task.line(), task.done, task.worked) == ("Look: 1 of 1 host", 1, 0)


@pytest.mark.parametrize("columns", [45, 60, 200])
@pytest.mark.parametrize("name", ["Gather the posture of hosts and judge it", "調査" * 20, "\x1b[2J" * 20])
def test_a_line_fits_and_keeps_its_counts(name: str, columns: int) -> None:
    hosts = hosts_of(10_000)
    hosts.lose("web1", "failed")
    line = task_of(hosts, name, 999).line(columns)
    assert width(line) <= columns and line.isprintable()
    assert line.endswith(": 1,000 of 10,000 hosts, 1 failed")


def test_a_narrow_terminal_gets_one_line_all_the_same() -> None:
    task = task_of(hosts_of(10_000), "Gather the posture", 1_000)
    assert task.line(24) == "Gather...: 1,000 of 1..."


def test_a_task_of_one_host_for_all_is_only_named() -> None:
    task = _progress.Task("Write the reports", hosts_of(9), counts=False)
    assert (task.line(), task.line(10)) == ("Write the reports", "Write t...")


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ({"msg": "No\x1b]0;x\x07 space\nFAILED web9: x"}, r"No\x1b]0;x\x07 space\nFAILED web9: x"),
        ({"msg": "non-zero return code", "stderr": "cat: /x: gone"}, "non-zero return code; cat: /x: gone"),
        ({"censored": "hidden"}, "hidden"),
        ({"msg": ["a", "b"]}, "['a', 'b']"),
        ({}, "no reason was given"),
        (
            {
                "msg": "Some failed",
                "results": [{"failed": True, "msg": "x", "_ansible_item_label": "a"}, {"msg": "y"}, "z"],
            },
            "Some failed; a: x",
        ),
        ({"results": [{"exception": "(none)", "msg": "x"}, {"unreachable": True}]}, "an item: x; an item: "),
        (
            {"results": [{"failed": True, "msg": "x", "_ansible_item_label": number} for number in range(5)]},
            "0: x; 1: x; 2: x; 2 more items failed",
        ),
        ({"results": {"failed": True}}, "no reason was given"),
    ],
)
def test_a_failure_is_one_line_with_what_the_task_says(result: dict[str, object], said: str) -> None:
    assert _progress.failure("failed", "web\x1b1", "Work\n", result) == rf"FAILED web\x1b1: Work\n: {said}"
    assert _progress.failure("unreachable", "web1", "", result) == f"UNREACHABLE web1: {said}"


def test_a_message_of_megabytes_ends() -> None:
    line = _progress.failure("failed", "web1", "Work", {"msg": "\x1b" * 5_000_000, "stderr": "x" * 5_000_000})
    assert len(line) < 2_100 and line.endswith("...")


def test_the_last_line_counts_hosts() -> None:
    assert _progress.totals(0, 0, 0) == "No host did anything."
    assert _progress.totals(1, 0, 0) == "1 host: 1 ok"
    assert _progress.totals(1200, 3, 1) == "1,200 hosts: 1,196 ok, 3 failed, 1 unreachable"
