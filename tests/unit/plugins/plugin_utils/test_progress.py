# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a run is, as one line: counts over batches, the width of a terminal, and messages of hosts."""

from __future__ import annotations

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils import _progress
from ansible_collections.seawall.docker.plugins.plugin_utils._report.text import width


def names(first: int, last: int) -> list[str]:
    return [f"web{number}" for number in range(first, last + 1)]


def hosts_of(total: int, removed: list[str] | None = None) -> _progress.Hosts:
    hosts = _progress.Hosts()
    hosts.begin("Audit", names(1, total), names(1, total), [] if removed is None else removed)
    return hosts


def task_of(hosts: _progress.Hosts, name: str = "Look", did: int = 0) -> _progress.Task:
    task = _progress.Task(name, hosts)
    for host in names(1, did):
        task.add(host)
    return task


def test_batches_of_a_play_are_counted_together() -> None:
    everyone, hosts = names(1, 1000), _progress.Hosts()
    removed: list[str] = []
    hosts.begin("1", everyone, names(1, 400), removed)
    task = task_of(hosts)
    assert task.line() == "Look: 0 of 1,000 hosts"
    hosts.lose("web1", "failed")
    removed.append("web1")
    task.add("web1")
    assert task.line() == "Look: 1 of 1,000 hosts, 1 failed"
    # It need not do the later tasks of its batch.
    task = task_of(hosts, "Work")
    task.add("web2", changed=True)
    assert task.line() == "Work: 2 of 1,000 hosts, 1 changed, 1 failed"
    # Ansible lists those of the batches before, too.
    hosts.begin("1", everyone, names(401, 800), removed)
    assert task_of(hosts).line() == "Look: 400 of 1,000 hosts, 1 failed"
    hosts.lose("web800", "unreachable")
    removed.append("web800")
    assert task_of(hosts).line() == "Look: 401 of 1,000 hosts, 1 failed, 1 unreachable"
    hosts.begin("1", everyone, names(801, 1000), removed)
    task = task_of(hosts)
    for host in names(801, 1000):
        task.add(host)
    assert task.done == 1000


def test_a_play_counts_those_that_earlier_plays_have_not_lost() -> None:
    hosts, removed = _progress.Hosts(), ["web3"]
    hosts.begin("1", names(1, 10), names(1, 10), removed)
    assert task_of(hosts, did=10).done == 10
    # A play of no hosts in between changes nothing.
    hosts.begin("2", [], [], [])
    hosts.begin("3", names(1, 10), names(1, 5), later := [])
    assert task_of(hosts).line() == "Look: 0 of 9 hosts"
    later += ["web3", "web4"]
    assert task_of(hosts).done == 1
    hosts.begin("3", names(1, 10), names(6, 10), later)
    assert task_of(hosts).done == 4
    # After clear_host_errors they do tasks again, and Ansible's list of the play before still has them.
    hosts.begin("4", names(1, 10), names(1, 10), last := [])
    assert task_of(hosts, did=3).line() == "Look: 3 of 9 hosts"
    assert task_of(hosts, did=10).line() == "Look: 10 of 10 hosts"
    last.append("web4")
    assert task_of(hosts).done == 1


def test_hosts_whose_batch_was_not_begun_wait() -> None:
    hosts, everyone = _progress.Hosts(), names(1, 3)
    hosts.begin("1", everyone, everyone, [])
    assert not hosts.waiting
    hosts.begin("2", everyone, names(1, 1), [])
    assert hosts.waiting == {"web2", "web3"}
    hosts.begin("2", everyone, names(2, 3), [])
    assert not hosts.waiting


def test_plays_of_one_name_are_two_plays() -> None:
    hosts = hosts_of(10)
    assert task_of(hosts, did=10).done == 10
    hosts.begin("another", names(1, 10), names(1, 5), [])
    assert task_of(hosts, did=5).line() == "Look: 5 of 10 hosts"


def test_a_host_is_lost_once_and_may_go_on() -> None:
    hosts = hosts_of(3, removed := [])
    # Each host at its own speed: it is lost in a task after it began another one.
    begun = task_of(hosts, did=1)
    removed += ["web1", "web1"]
    hosts.lose("web1", "failed")
    hosts.lose("web1", "failed")
    hosts.lose("web2", "unreachable")
    assert begun.line() == "Look: 1 of 3 hosts, 1 failed, 1 unreachable"
    assert not hosts.goes_on("web1") and hosts.goes_on("web2")
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
    hosts = hosts_of(10_000, ["web10000"])
    hosts.lose("web10000", "failed")
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
        ({"reason": "Could not find x.yml\n"}, r"Could not find x.yml\n"),
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
    assert _progress.failure("failed", "web1", "Work", result, goes_on=True) == f"FAILED web1 (goes on): Work: {said}"


def test_a_message_of_megabytes_ends() -> None:
    line = _progress.failure("failed", "web1", "Work", {"msg": "\x1b" * 5_000_000, "stderr": "x" * 5_000_000})
    assert len(line) < 2_100 and line.endswith("...")


def test_a_plan_of_many_lines_is_shown_in_all_its_lines() -> None:
    plan = [f"volume{number}: is copied\x1b[2J\nFAILED web9: x" for number in range(300)]
    assert list(_progress.lines_of("web1", plan)) == [
        rf"web1: volume{number}: is copied\x1b[2J\nFAILED web9: x" for number in range(300)
    ]
    assert list(_progress.lines_of("web\x1b1", "a\nb")) == [r"web\x1b1: a\nb"]
    assert list(_progress.lines_of("web1", [{"a": 1}, None, 2])) == ["web1: {'a': 1}", "web1: None", "web1: 2"]
    assert list(_progress.lines_of("web1", [])) == []


def test_warnings_of_hosts_are_visible() -> None:
    result = {
        "warnings": ["\x1b]0;owned\x07\x1b[2J", {"msg": "\u202e"}, "x" * 5_000_000],
        "deprecations": [{"msg": "\x1b[2J", "version": "\x1b"}, "\x9b2J", {}],
    }
    shown = list(_progress.warnings(result))
    assert shown[:2] == [r"\x1b]0;owned\x07\x1b[2J", r"{'msg': '\u202e'}"] and len(shown[2]) <= 2_000
    assert shown[3:] == [r"Deprecated: \x1b[2J", r"Deprecated: \x9b2J", "Deprecated: None"]
    assert list(_progress.warnings(result, deprecations=False)) == shown[:3]
    assert list(_progress.warnings({"warnings": "text", "deprecations": None})) == []


def test_the_last_line_counts_hosts() -> None:
    assert _progress.totals(0, 0, 0) == "No host did anything."
    assert _progress.totals(1, 0, 0) == "1 host: 1 ok"
    assert _progress.totals(3, 1, 0, 2) == "3 hosts: 0 ok, 1 failed, 2 not begun"
    assert _progress.totals(1200, 3, 1) == "1,200 hosts: 1,196 ok, 3 failed, 1 unreachable"
