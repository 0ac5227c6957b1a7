# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A program that many containers run is searched once, and nothing but its content decides that it is the same."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._host import searches
from ansible_collections.seawall.docker.plugins.module_utils._host.bounds import MIB, Budget, TooMuch

TEXTS = ["sshd_config", "Dropbear server"]
PROGRAM = bytes(range(256)) * 16 * 300


@pytest.fixture(name="searched")
def _searched(monkeypatch: pytest.MonkeyPatch) -> t.List[int]:
    """The sizes of the files that were searched and not compared."""
    sizes: t.List[int] = []
    search = searches.search

    def counted(descriptor: int, *arguments: t.Any) -> t.Union[bool, str]:
        sizes.append(os.fstat(descriptor).st_size)
        return search(descriptor, *arguments)

    monkeypatch.setattr(searches, "search", counted)
    return sizes


@pytest.fixture(name="_kept", params=["kept", "compared with the file"], autouse=True)
def _kept_or_not(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searches, "_SETTLED_NANOSECONDS", -(10**12))
    if request.param != "kept":
        monkeypatch.setattr(searches, "_KEPT_BYTES", 0)


def write(folder: Path, name: str, content: bytes) -> str:
    (folder / name).write_bytes(content)
    return str(folder / name)


@pytest.mark.parametrize("mark", [b"", b"/etc/ssh/sshd_config"])
def test_a_program_of_many_containers_is_searched_once(tmp_path: Path, searched: t.List[int], mark: bytes) -> None:
    known = searches.Searches(Budget())
    answers = [known.holds(write(tmp_path, str(number), PROGRAM + mark), TEXTS) for number in range(20)]
    assert answers == [bool(mark)] * 20
    assert len(searched) == 1


@pytest.mark.parametrize("place", [0, len(PROGRAM) // 2, len(PROGRAM)])
def test_a_server_of_the_same_size_and_times_is_found(tmp_path: Path, searched: t.List[int], place: int) -> None:
    known = searches.Searches(Budget())
    mark = b"sshd_config"
    harmless = write(tmp_path, "harmless", PROGRAM + b"x" * len(mark))
    assert not known.holds(harmless, TEXTS)
    server = write(tmp_path, "server", (PROGRAM[:place] + mark + PROGRAM[place:]))
    status = os.stat(harmless)
    os.utime(server, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert known.holds(server, TEXTS)
    assert len(searched) == 2


def test_a_file_that_changed_since_its_search_says_nothing_of_others(tmp_path: Path, searched: t.List[int]) -> None:
    known = searches.Searches(Budget())
    first = write(tmp_path, "first", b"x" * 11)
    assert not known.holds(first, TEXTS)
    os.unlink(first)
    write(tmp_path, "first", b"sshd_config")
    assert known.holds(write(tmp_path, "second", b"sshd_config"), TEXTS)
    os.unlink(first)
    os.mkfifo(first)
    assert not known.holds(write(tmp_path, "third", b"y" * 11), TEXTS)
    assert len(searched) == 3


def test_an_answer_is_for_the_texts_that_were_searched(tmp_path: Path) -> None:
    known = searches.Searches(Budget())
    assert not known.holds(write(tmp_path, "first", b"tinysshd"), TEXTS)
    assert known.holds(write(tmp_path, "second", b"tinysshd"), ["tinysshd"])


def test_holes_are_skipped_and_not_compared(tmp_path: Path, searched: t.List[int]) -> None:
    known = searches.Searches(Budget("all", 8 * MIB))
    for name in ("first", "second"):
        path = write(tmp_path, name, PROGRAM)
        os.truncate(path, 512 * MIB)
        assert not known.holds(path, TEXTS)
    assert len(searched) == 2


def test_large_programs_are_not_read_twice(
    tmp_path: Path, searched: t.List[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searches, "_LARGEST", len(PROGRAM) - 1)
    known = searches.Searches(Budget())
    assert not any(known.holds(write(tmp_path, name, PROGRAM), TEXTS) for name in ("first", "second"))
    assert len(searched) == 2


def test_a_container_pays_for_its_own_program_alone(tmp_path: Path) -> None:
    known = searches.Searches(Budget())
    for name in ("first", "second"):
        own = Budget("the search in a container", MIB * 3 // 2)
        assert not known.holds(write(tmp_path, name, PROGRAM), TEXTS, own)
        assert own.bytes_read == len(PROGRAM)
    with pytest.raises(TooMuch, match="the search in a container had read its 1 MiB"):
        known.holds(write(tmp_path, "third", PROGRAM), TEXTS, Budget("the search in a container", MIB))
    assert not known.holds(write(tmp_path, "fourth", PROGRAM), TEXTS)


def test_contents_are_kept_up_to_a_limit(
    tmp_path: Path, searched: t.List[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searches, "_KEPT_BYTES", 2 * len(PROGRAM) + 1)
    opened: t.List[str] = []
    open_as_before = searches.opened
    monkeypatch.setattr(searches, "opened", lambda path: (opened.append(path), open_as_before(path))[1])
    known = searches.Searches(Budget())
    programs = {letter: letter.encode() + PROGRAM[1:] for letter in "abc"}
    for letter, content in programs.items():
        assert not known.holds(write(tmp_path, letter, content), TEXTS)
    assert known._left_to_keep == 1 and len(searched) == 3
    # The third was not kept: a file like it is compared with it.
    for letter, content in programs.items():
        opened.clear()
        assert not known.holds(write(tmp_path, f"{letter}2", content), TEXTS)
        assert [Path(path).name for path in opened] == [f"{letter}2", *(["c"] if letter == "c" else [])]
    assert len(searched) == 3


@pytest.mark.parametrize("size", [0, 1, searches._PART_BYTES - 1, searches._PART_BYTES, searches._PART_BYTES + 1])
def test_a_content_of_any_size_is_known_again(tmp_path: Path, searched: t.List[int], size: int) -> None:
    known = searches.Searches(Budget())
    content = b"x" * size
    for name in ("first", "second"):
        assert not known.holds(write(tmp_path, name, content), TEXTS)
    if size:
        assert not known.holds(write(tmp_path, "third", content[:-1] + b"y"), TEXTS)
    assert len(searched) == (2 if size else 1)


@pytest.mark.parametrize("kind", ["the hole is filled", "the hole stays"])
def test_a_file_that_changes_while_it_is_searched_hides_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """Its owner has it look as if the text crossed a hole; the same content, whole, is a server."""
    monkeypatch.setattr(searches, "_KEPT_BYTES", 16 * MIB)
    mark = TEXTS[0].encode()
    block = 64 * 1024
    whole = b"x" * (2 * block - 5) + mark[:5] + mark[5:] + b"y" * (block - len(mark) + 5)
    server = write(tmp_path, "server", whole)
    changing = write(tmp_path, "changing", whole)

    def extents(_descriptor: int) -> t.Iterator[t.Tuple[int, int]]:
        yield 0, 2 * block
        if kind == "the hole stays":
            yield 2 * block, 2 * block
        yield 2 * block, 3 * block

    known = searches.Searches(Budget())
    with monkeypatch.context() as patch:
        patch.setattr("ansible_collections.seawall.docker.plugins.module_utils._host.search._extents", extents)
        known.holds(changing, TEXTS)
    assert known.holds(server, TEXTS)


def test_a_file_that_grows_while_it_is_searched_is_not_collected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path, "growing", b"x" * 4096)
    search = searches.search
    collected: t.List[int] = []

    def growing(
        descriptor: int, texts: t.List[str], budgets: t.Sequence[Budget], take: t.Callable[[bytes], None]
    ) -> t.Union[bool, str]:
        with open(path, "ab") as stream:
            stream.write(b"y" * 8 * MIB)
        answer = search(descriptor, texts, budgets, take)
        collected.append(sum(map(len, take.__self__.parts)))  # type: ignore[attr-defined]
        return answer

    monkeypatch.setattr(searches, "search", growing)
    known = searches.Searches(Budget())
    assert not known.holds(path, TEXTS)
    assert collected == [0] and known._kept == {}


def test_no_more_is_kept_than_is_compared(tmp_path: Path) -> None:
    known = searches.Searches(Budget())
    for number in range(20):
        assert not known.holds(write(tmp_path, str(number), bytes([number]) * 100_000), TEXTS)
    kept, files = (sum(map(len, one.values())) for one in (known._kept, known._searched))
    assert kept + files == searches._CANDIDATES
    assert known._left_to_keep == searches._KEPT_BYTES - kept * 100_000


def test_no_file_is_compared_with_one_that_changed_just_before_its_search(
    tmp_path: Path, searched: t.List[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second change within one step of the clock would not be seen."""
    monkeypatch.setattr(searches, "_KEPT_BYTES", 0)
    monkeypatch.setattr(searches, "_SETTLED_NANOSECONDS", 10**12)
    known = searches.Searches(Budget())
    assert not any(known.holds(write(tmp_path, name, PROGRAM), TEXTS) for name in ("first", "second"))
    assert len(searched) == 2 and known._searched == {}
