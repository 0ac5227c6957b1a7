# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bounds of answers and files, and budgets."""

from __future__ import annotations

import json
import os
import random
import time
import typing as t
from pathlib import Path

import pytest
from ansible.module_utils import basic

from ansible_collections.seawall.docker.plugins.module_utils._host import bounds
from ansible_collections.seawall.docker.plugins.module_utils._host.bounds import (
    Bound,
    Budget,
    TooMuch,
    count_values,
    parse_json,
)
from ansible_collections.seawall.docker.plugins.module_utils._host.model import CommandResult
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.seccomp import profile_kind

WIDE = Bound(10**6, 10**6, 64)


@pytest.fixture
def host() -> Host:
    return Host(lambda *_words, **_options: (1, "", ""))


def real_count(value: t.Any) -> int:
    if isinstance(value, dict):
        return 1 + sum(real_count(one) for one in value.values())
    return 1 + sum(real_count(one) for one in value) if isinstance(value, list) else 1


def real_depth(value: t.Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inner is None else 1 + max(map(real_depth, inner), default=0)


def some_json(source: random.Random, depth: int) -> t.Any:
    kind = source.randrange(6 if depth else 3)
    if kind == 0:
        return source.choice([0, -1.5, True, None, 10**30])
    if kind < 3:
        return "".join(source.choice('[]{},:"\\\n/é€😀 a') for _one in range(source.randrange(8)))
    if kind < 5:
        return [some_json(source, depth - 1) for _one in range(source.randrange(4))]
    return {some_json(source, 0).__str__(): some_json(source, depth - 1) for _one in range(source.randrange(4))}


@pytest.mark.parametrize("ascii_only", [True, False])
def test_values_and_depth_are_counted_as_the_parser_sees_them(ascii_only: bool) -> None:
    source = random.Random(7)
    for _one in range(500):
        value = some_json(source, 6)
        content = json.dumps(value, ensure_ascii=ascii_only).encode()
        assert parse_json(content, WIDE, "it") == value
        assert real_count(value) <= count_values(content, WIDE, "it") <= 2 * real_count(value)
        depth = real_depth(value)
        count_values(content, Bound(10**6, 10**6, depth), "it")
        if depth:
            with pytest.raises(TooMuch, match="nested deeper"):
                count_values(content, Bound(10**6, 10**6, depth - 1), "it")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[" + b"[]," * 2000 + b"[]]", "more than 1000 JSON values"),
        (b"[" + b"0," * 2000 + b"0]", "more than 1000 JSON values"),
        (b'{"a":' * 30 + b"0" + b"}" * 30, "nested deeper than 16 levels"),
        # Brackets in strings hide no others, also behind what looks like an escaped quote.
        (b'["]",' * 30 + b"0" + b"]" * 30, "nested deeper than 16 levels"),
        (b'["\\\\","]",' * 30 + b"0" + b"]" * 30, "nested deeper than 16 levels"),
        (b'"' + b"x" * 200_000 + b'"', "larger than 100 KiB"),
    ],
)
def test_too_much_is_refused_before_it_is_built(content: bytes, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds.json, "loads", lambda *_a, **_o: pytest.fail("it was built"))
    with pytest.raises(TooMuch, match=said):
        parse_json(content, Bound(100 * 1024, 1000, 16), "it")


def test_structure_that_another_encoding_would_hide() -> None:
    # In UTF-16, which the JSON library detects by itself, the byte of a quote can be half of another character.
    content = json.dumps(["∢" + "[" * 10], ensure_ascii=False).encode("utf-16-le")
    with pytest.raises((TooMuch, ValueError)):
        parse_json(content, WIDE, "it")


def test_a_number_of_a_million_digits_costs_nothing() -> None:
    started = time.process_time()
    with pytest.raises(TooMuch, match="a number has 1000000 digits"):
        parse_json(b"[" + b"9" * 1_000_000 + b"]", Bound(2 * 10**6, 100), "it")
    assert time.process_time() - started < 1


def test_what_a_list_of_1000_containers_costs() -> None:
    inspected = {
        "Id": "0" * 64,
        "Config": {"Env": [f'NAME_{number}=a "value"' for number in range(100)], "Labels": {}},
        "Mounts": [{"Type": "bind", "Source": "/srv", "RW": True} for _one in range(20)],
    }
    content = json.dumps([inspected] * 1000).encode()
    checked = min(_seconds(lambda: count_values(content, bounds.LIST_ANSWER, "it")) for _one in range(3))
    parsed = min(_seconds(lambda: json.loads(content)) for _one in range(3))
    assert checked < parsed


def _seconds(work: t.Callable[[], t.Any]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def test_a_budget_of_bytes_is_that_of_its_whole_too() -> None:
    whole = Budget("the whole", 100, 10)
    one, other = Budget("one", 80, 10, whole=whole), Budget("other", 80, 10, whole=whole)
    one.spend(60)
    with pytest.raises(TooMuch, match="the whole had read its 100 bytes"):
        other.spend(60)
    with pytest.raises(TooMuch, match="the whole"):
        one.check()


def test_a_budget_of_seconds_counts_only_while_it_runs() -> None:
    budget = Budget("it", 100, 0.05)
    time.sleep(0.06)
    budget.check()
    with budget.running(), budget.running():
        time.sleep(0.06)
    assert budget.seconds_left() == 0
    with pytest.raises(TooMuch, match=r"it had used its 0\.05 seconds"):
        budget.check()


def test_a_part_ends_with_its_block() -> None:
    budget = Budget("it", 1000, 10)
    with budget.part("the collector a", 10, 10), pytest.raises(TooMuch, match="the collector a had read its 10 bytes"):
        budget.spend(11)
    budget.spend(11)


def test_a_part_within_a_part_is_spent_instead_of_it() -> None:
    budget = Budget("it", 1000, 10)
    with budget.part("outer", 10, 10):
        outer = budget._part
        assert outer is not None
        with budget.part("inner", 100, 10):
            budget.spend(50)
            assert not budget.part_is_used_up()
            assert (outer._runs, outer.bytes_read) == (0, 0)
        assert budget._part is outer and outer._runs == 1
        with pytest.raises(TooMuch, match="outer had read"):
            budget.spend(11)
        assert budget.part_is_used_up()
    assert budget.bytes_read == 61
    assert not budget.part_is_used_up()


def test_a_file_is_searched_once_whatever_its_names_are(host: Host, tmp_path: Path) -> None:
    (tmp_path / "0").write_bytes(b"x" * 3_000_000)
    for number in range(1, 40):
        os.link(tmp_path / "0", tmp_path / str(number))
    for number in range(40):
        assert not host.holds_text(str(tmp_path / str(number)), ["sshd_config"])
    assert host.budget.bytes_read == 3_000_000


def test_another_file_of_the_same_name_and_size_is_searched_anew(host: Host, tmp_path: Path) -> None:
    path = tmp_path / "program"
    path.write_bytes(b"x" * 11)
    assert not host.holds_text(str(path), ["sshd_config"])
    (tmp_path / "new").write_bytes(b"sshd_config")
    os.rename(tmp_path / "new", path)
    assert host.holds_text(str(path), ["sshd_config"])


def test_holes_are_not_read_and_hide_nothing(host: Host, tmp_path: Path) -> None:
    path = tmp_path / "program"
    with path.open("wb") as stream:
        stream.truncate(20 * bounds.PROGRAM_BYTES)
        stream.seek(10 * bounds.PROGRAM_BYTES)
        stream.write(b"sshd_config")
    assert host.holds_text(str(path), ["sshd_config"])
    assert host.budget.bytes_read < 10**6


@pytest.mark.parametrize("at", [0, bounds.PROGRAM_PART_BYTES - 5, bounds.PROGRAM_PART_BYTES, 2 * 10**6])
def test_a_text_is_found_wherever_it_stands(host: Host, tmp_path: Path, at: int) -> None:
    (tmp_path / "program").write_bytes(b"x" * at + b"sshd_config" + b"x" * 100)
    assert host.holds_text(str(tmp_path / "program"), ["Dropbear server", "sshd_config"])


def test_a_program_past_the_bound(host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "PROGRAM_BYTES", 2 * bounds.MIB)
    (tmp_path / "program").write_bytes(b"x" * 8 * bounds.MIB)
    for _twice in range(2):
        with pytest.raises(TooMuch, match="holds more than 2 MiB and was not searched to its end"):
            host.holds_text(str(tmp_path / "program"), ["sshd_config"])
    assert host.budget.bytes_read == 3 * bounds.MIB


def test_one_budget_that_is_spent_is_no_answer_for_the_next(host: Host, tmp_path: Path) -> None:
    path = tmp_path / "program"
    path.write_bytes(b"x" * 2 * bounds.MIB + b"sshd_config")
    with pytest.raises(TooMuch, match="the search in a had read its 1 MiB"):
        host.holds_text(str(path), ["sshd_config"], Budget("the search in a", bounds.MIB, 10))
    assert host.holds_text(str(path), ["sshd_config"], Budget("the search in b", 10 * bounds.MIB, 10))


@pytest.mark.parametrize("method", ["read_text", "holds_text"])
def test_a_fifo_or_a_device_is_never_waited_for(host: Host, tmp_path: Path, method: str) -> None:
    os.mkfifo(tmp_path / "fifo")
    os.symlink("/dev/zero", tmp_path / "device")
    arguments = [["x"]] if method == "holds_text" else []
    for name in ("fifo", "device"):
        with pytest.raises(Unread, match="is not a regular file"):
            getattr(host, method)(str(tmp_path / name), *arguments)


def test_a_directory_of_too_many_entries(host: Host, tmp_path: Path) -> None:
    for number in range(12):
        (tmp_path / str(number)).touch()
    assert len(host.list_directory(str(tmp_path), 12)) == 12
    with pytest.raises(TooMuch, match="has more than 11 entries"):
        host.list_directory(str(tmp_path), 11)


@pytest.mark.parametrize("more", ["[" * 3000 + "]" * 3000, "9" * 10_000, "[" + "0," * 200_000 + "0]"])
def test_a_profile_that_is_too_much_to_read_forbids_nothing(more: str) -> None:
    # The engine reads such a profile, and it allows everything.
    assert profile_kind('{"defaultAction": "SCMP_ACT_ALLOW", "more": ' + more + "}") == "unconfined"


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> Host:
    """A host whose programs are run as modules run them."""
    monkeypatch.setattr(basic, "_ANSIBLE_ARGS", b'{"ANSIBLE_MODULE_ARGS": {}}')
    monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
    return Host(basic.AnsibleModule({}).run_command)


def test_a_program_that_says_too_much_is_ended_before_it_fills_the_memory(running: Host) -> None:
    with pytest.raises(TooMuch, match="yes said more than 16 MiB"):
        running.run("yes")
    assert running.run("echo", "word") == CommandResult(0, "word\n", "")


# The second leaves a process behind that holds the pipes, the third says something before it hangs.
@pytest.mark.parametrize(
    "command", [("sleep", "1000"), ("sh", "-c", "sleep 5 & sleep 1000"), ("sh", "-c", "echo word; exec sleep 1000")]
)
def test_a_program_that_hangs_is_killed(running: Host, command: tuple[str, ...]) -> None:
    with pytest.raises(Unread, match=f"{command[0]} did not end within 0.2 seconds and was killed") as caught:
        running.run(*command, seconds=0.2)
    assert caught.value.kind == "timeout"
