# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML with the line of each key, and what a file may hold, at the limits."""

from __future__ import annotations

import datetime
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark import documents
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.documents import Document, read_document
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.errors import BenchmarkError, Faults, nearest

TEXT = """\
# a comment
first: 1
second:
  - x
  -
    third: {fourth: y,
      fifth: z}
"""


class Files:
    def __init__(self, folder: Path) -> None:
        self.path = folder / "f.yml"

    def read(self, text: str) -> Document:
        self.path.write_text(text, encoding="utf-8")
        return read_document(self.path)

    def refused(self, text: str) -> str:
        """The sentence, without the path that it begins with."""
        with pytest.raises(BenchmarkError) as caught:
            self.read(text)
        said = str(caught.value)
        assert said.startswith(f"{self.path}")
        return said[len(str(self.path)) :]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def test_each_value_has_its_line(files: Files) -> None:
    read = files.read(TEXT)
    assert read.path == str(files.path)
    assert read.data == {"first": 1, "second": ["x", {"third": {"fourth": "y", "fifth": "z"}}]}
    assert read.lines == {
        (): 2,
        ("first",): 2,
        ("second",): 3,
        ("second", 0): 4,
        ("second", 1): 6,
        ("second", 1, "third"): 6,
        ("second", 1, "third", "fourth"): 6,
        ("second", 1, "third", "fifth"): 7,
    }


def test_what_has_no_line_has_that_of_what_it_is_in(files: Files) -> None:
    read = files.read(TEXT)
    assert read.line(("second", 1, "third", "none", 5)) == 6 and read.line(("none",)) == 2
    assert Document("x", None, {}).line(("a", 1)) == 1
    read.expect(("first",), "anything", "not said")
    for holds in (False, None, "", []):
        with pytest.raises(BenchmarkError) as caught:
            read.expect(("second", 1), holds, "is wrong")
        assert str(caught.value) == f"{files.path}, line 6, second.1: is wrong"
    assert str(read.error((), "is odd")) == f"{files.path}, line 2, the document: is odd"


@pytest.mark.parametrize(("text", "line"), [("", 1), ("# nothing\n", 1), ("---\n", 2)])
def test_a_file_of_nothing_holds_nothing(files: Files, text: str, line: int) -> None:
    read = files.read(text)
    assert read.data is None and read.line(("a",)) == line


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a: 2027-01-31", datetime.date(2027, 1, 31)),
        ("a: 2027-02-30", "2027-02-30"),
        ("a: '2027-01-31'", "2027-01-31"),
        ("a: yes", True),
        ("a: 0x1f", 31),
        ("a: ~", None),
        ("a: " + "9" * 64, int("9" * 64)),
        ("a: " + "x" * 65, "x" * 65),
        ("1: x", {"1": "x"}),
        ("[1]: x", {"?": "x"}),
    ],
)
def test_values(files: Files, text: str, value: t.Any) -> None:
    data = files.read(text).data
    assert (data if isinstance(value, dict) else data["a"]) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x: 1\na: " + "9" * 65, ", line 2, a: this value is too long for a number or a date; quote it if it is text"),
        ("x: 1\nb:\n  x: 2\n  x: 3", ", line 4, x: this key stands twice"),
        ("a: 1\na: 2\nb: !!int x", "2 faults"),
        ("a: [\n", ", line 2: this is not valid YAML: "),
        ("a: 1\n---\nb: 2", ", line 2: this is not valid YAML: "),
        ("a: !!float x", ", line 1, a: x is not valid: "),
        ("a: !!bool x", ", line 1, a: x is not valid as bool"),
        ("a: !own x", ", line 1: this is not valid YAML: could not determine a constructor"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(files: Files, text: str, said: str) -> None:
    if said == "2 faults":
        with pytest.raises(
            BenchmarkError, match=r"^2 faults: \(1\) .* line 2, a: this .* twice\. \(2\) .* line 3, b: x"
        ):
            files.read(text)
    else:
        assert files.refused(text).startswith(said)


def test_a_file_has_an_end(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MAX_VALUES", 5)
    # The list, and what is in it.
    assert files.read("[1, 2, 3, 4]").data == [1, 2, 3, 4]
    said = "the file holds more than 5 values, with what its aliases repeat; split it"
    assert files.refused("[1, 2, 3, 4,\n5]") == f", line 2, 4: {said}"
    assert files.refused("- &x [1, 2]\n- *x").endswith(said)
    monkeypatch.setattr(documents, "MAX_BYTES", 1024)
    assert files.read("# " + "x" * 1022).data is None
    assert files.refused("# " + "x" * 1023) == " is larger than 1 KiB, which is the limit for such a file"


def test_a_file_has_a_depth(files: Files) -> None:
    assert files.read("[" * 32 + "1" + "]" * 32).data is not None
    assert files.refused("[" * 33 + "1" + "]" * 33) == ", line 1, 0.0.0: nested deeper than 32 levels"


def test_all_faults_are_one_sentence_each() -> None:
    def said(*sentences: str) -> str:
        faults = Faults()
        for sentence in sentences:
            with faults:
                raise BenchmarkError(sentence)
        assert len(faults) == len(sentences)
        with pytest.raises(BenchmarkError) as caught:
            faults.check()
        return str(caught.value)

    Faults().check()
    assert said("a is wrong") == "a is wrong"
    assert said("a is wrong", "is it b?", "no.") == "3 faults: (1) a is wrong. (2) is it b? (3) no."
    assert said(*["x"] * 20).endswith(" (20) x.") and said(*["x"] * 21).endswith(" (20) x. And 1 more.")
    with pytest.raises(ValueError, match="other"), Faults():
        raise ValueError("other")


def test_the_nearest_of_the_known_names() -> None:
    known = ["subject", "host", "hosts"]
    assert nearest("subjct", known) == "; did you mean subject?"
    assert nearest("zzzz", known) == "" == nearest("host", [])
    # Half of it must be the same.
    assert nearest("abcd", ["abxy"]) == "; did you mean abxy?" and nearest("abcd", ["axyz"]) == ""
