# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files and data of others, on the controller: what they may cost, and what is said of them."""

from __future__ import annotations

import json
import os
import socket
import time
import typing as t
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.seawall.docker.plugins.plugin_utils import _reading
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark import documents, evaluate, functions, values
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.documents import read_document
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.errors import BenchmarkError
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.loader import load_benchmark
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.policy import policy_with
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.shape import PostureError, accepted_posture
from ansible_collections.seawall.docker.plugins.plugin_utils._score import score_of, why_none
from ansible_collections.seawall.docker.tests.support.postures import good


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    os.symlink("pipe", tmp_path / "link")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        begun = time.monotonic()
        for name, said in {
            str(tmp_path / "pipe"): "is a pipe; name a regular file",
            str(tmp_path / "link"): "is a pipe; name a regular file",
            str(tmp_path): "cannot be read: Is a directory",
            "/dev/zero": "is a device; name a regular file",
            str(tmp_path / "socket"): "cannot be read",
            "nul\0": "cannot be read",
            str(tmp_path / "absent"): "cannot be read: No such file",
        }.items():
            with pytest.raises(_reading.Unreadable, match=said):
                _reading.text_of(name)
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    "text", ['{"a": 1, "b": {"k\\n": 1, "k\\u000a": 2}}', '[{"k\\n": null, "x": 0, "k\\n": null}]']
)
def test_a_key_that_stands_twice_is_refused(text: str) -> None:
    with pytest.raises(_reading.Unreadable, match=r'the key "k\\n" appears twice in one object; remove one'):
        _reading.json_in(text)
    assert _reading.json_in('[{"k": 1}, {"k": {"k": 2}}]') == [{"k": 1}, {"k": {"k": 2}}]


def test_the_size_is_a_limit_also_where_the_kernel_tells_none(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("x" * 1025)
    with pytest.raises(_reading.Unreadable, match="larger than 1 KiB"):
        _reading.text_of(file, 1024)
    assert _reading.text_of(file, 1025) == "x" * 1025
    with pytest.raises(_reading.Unreadable, match="larger than 1 KiB"):
        _reading.text_of("/proc/self/smaps", 1024)  # its size is told as 0
    file.write_bytes(b"\xef\xbb\xbfa: 1\xff")
    with pytest.raises(_reading.Unreadable, match=r"not text in UTF-8 \(byte"):
        _reading.text_of(file)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * 900, "does not hold valid JSON"),
        ("[" * 200 + "]" * 200, "nested deeper than 100 levels"),
        ("[1,]", r"does not hold valid JSON \(line 1, column 4"),
        ("[NaN]", "NaN is no number"),
        ("[1e999]", "1e999 is too large for a number"),
        ('{"a": ' * 101 + "1" + "}" * 101, "nested deeper than 100 levels"),
        ("[" + "9" * 5000 + "]", "does not hold valid JSON"),
        ("[" + "9" * 21 + "]", "999 is too large for a number"),
        ("[-" + "9" * 21 + "]", "999 is too large for a number"),
        ("[" + "[]," * 1000 + "0]", "holds more than 1,000 values"),
    ],
)
def test_json_within_limits(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text(text)
    with pytest.raises(_reading.Unreadable, match=said):
        _reading.json_of(tmp_path / "file", max_values=1000)


ODD_TEXTS = st.text(alphabet='[]{}"\\/u0a\n é', max_size=6)


@given(
    st.recursive(
        st.one_of(
            st.none(),
            st.integers(-(10**20) + 1, 10**20 - 1),
            st.floats(allow_nan=False, allow_infinity=False),
            ODD_TEXTS,
        ),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ODD_TEXTS, inner, max_size=3),
        max_leaves=12,
    ),
    st.booleans(),
)
def test_levels_are_those_of_the_document_whatever_its_texts_hold(document: t.Any, ascii_only: bool) -> None:
    def levels(value: t.Any) -> int:
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
        return 0 if inner is None else 1 + max(map(levels, inner), default=0)

    text = json.dumps(document, ensure_ascii=ascii_only)
    assert _reading.json_in(text, max_depth=levels(document)) == document
    if levels(document):
        with pytest.raises(_reading.Unreadable, match="nested deeper"):
            _reading.json_in(text, max_depth=levels(document) - 1)


def test_numbers_have_an_end(tmp_path: Path) -> None:
    largest = [10**20 - 1, -(10**20) + 1, True, 0.5]
    assert _reading.json_in(json.dumps(largest)) == largest
    _reading.check_bounds(largest)
    for number in (10**20, -(10**20), 10**400):
        with pytest.raises(_reading.Unreadable, match="a number of more than 20 digits"):
            _reading.check_bounds({"limits": [{"declared": number}]})
        with pytest.raises(_reading.Unreadable, match="a number of more than 20 digits"):
            _reading.check_bounds({"limits": {number: 1, True: 2, None: 3}})


def test_shared_parts_count_wherever_they_stand() -> None:
    value: t.Any = ["x"]
    for _level in range(30):
        value = [value, value]
    begun = time.monotonic()
    with pytest.raises(_reading.Unreadable, match="holds more than 100,000 values"):
        _reading.check_bounds(value, 100_000)
    endless: dict[str, t.Any] = {}
    endless["again"] = endless
    with pytest.raises(_reading.Unreadable, match="nested deeper"):
        _reading.check_bounds(endless)
    with pytest.raises(_reading.Unreadable, match="more than 1,000 characters"):
        _reading.check_bounds(["x" * 501, {"y" * 501: None}], max_characters=1000)
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: !!timestamp x\n", "line 1, a: x is not valid"),
        ("b: 1\na: !!int ''\n", "line 2, a:  is not valid"),
        ("- !!bool x\n", "line 1, 0: x is not valid"),
        ("a: &a [*a]\n", "line 1, a.0.0: nested deeper than 32 levels"),
        ("a:" + " [" * 40 + "]" * 40 + "\n", "nested deeper than 32 levels"),
        ("a: 1" + ":1" * 100 + "\n", "line 1, a: this value is too long for a number"),
        ("a: " + "9" * 5000 + "\n", "too long for a number"),
        ("a: !!python/object:os.system x\n", "this is not valid YAML"),
        ("a: \x1b\n", "not valid YAML"),
        ("\u202ea: 1\n\u202ea: 2\n", r"\\u202ea: this key stands twice"),
    ],
)
def test_odd_yaml_is_one_sentence(text: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "file.yml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(BenchmarkError, match=said) as caught:
        read_document(file)
    assert str(caught.value).isprintable()


def test_aliases_stand_for_what_they_repeat(tmp_path: Path) -> None:
    file = tmp_path / "file.yml"
    file.write_text("- &reason {reason: r, owner: o}\n- *reason\n")
    assert read_document(file).data == [{"reason": "r", "owner": "o"}] * 2
    lines = ["a: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n + 1} [{', '.join([f'*a{n}'] * 10)}]" for n in range(9)]
    file.write_text("\n".join(lines))
    begun = time.monotonic()
    with pytest.raises(BenchmarkError, match=r"line \d+, a\d[.\d]*: the file holds more than 100,000 values"):
        read_document(file)
    assert time.monotonic() - begun < 5
    file.write_bytes(b"#" * (documents.MAX_BYTES + 1))
    with pytest.raises(BenchmarkError, match="is larger than 1 MiB"):
        read_document(file)


def test_half_a_pair_is_written_out_and_all_else_stays() -> None:
    posture = good()
    odd = '\ud800 \\udir \U0001f980 \\ud800 "\u00e9'
    posture["containers"][0]["user"] = odd
    assert accepted_posture(posture)["containers"][0]["user"] == odd.replace("\ud800", "\\ud800")


@pytest.mark.parametrize("version", [None, 2, True, "1", [[]] * 1000, float("nan")])
def test_another_version(version: t.Any) -> None:
    with pytest.raises(PostureError) as caught:
        accepted_posture({"posture_version": version})
    assert len(str(caught.value)) < 200


def test_judging_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluate, "JUDGING_SECONDS", -1)
    document = evaluate.evaluate(good(), load_benchmark("cis-1.8.0"), policy_with({}), "web1")
    assert {one["status"] for one in document["findings"]} <= {"unknown", "not_applicable"}
    assert document["score"]["percent"] is None


def test_subjects_have_a_number() -> None:
    posture = good()
    posture["images"] = posture["images"] * 20_001
    with pytest.raises(PostureError, match="more than 20,000 images"):
        accepted_posture(posture)


def test_lists_of_a_host_are_not_compared_for_hours() -> None:
    rules = functions.RuleFunctions()
    begun = time.monotonic()
    with pytest.raises(ValueError, match="too many to compare"):
        rules._func_without(list(range(100_000)), list(range(100_000)))
    assert values.cpus_in("0-99999," * 100_000 + "0") is None
    assert values.cpus_in("0-3,2,7") == 5
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    ("counts", "state", "percent", "said"),
    [
        ({"pass": 8, "unknown": 110}, "stopped", None, "the engine is stopped, 110 of 118 rules could not be decided"),
        ({"pass": 118}, "unreachable", None, "the engine is unreachable, 0 of 118 rules could not be decided"),
        ({"pass": 118}, None, None, "the engine is not known to run, 0 of 118 rules could not be decided"),
        ({"pass": 50, "fail": 9, "unknown": 60}, "running", None, "60 of 119 rules could not be decided"),
        ({"pass": 50, "fail": 10, "unknown": 60}, "running", 83.3, None),
        ({"pass": 1, "manual": 60}, "running", 100.0, None),
        ({"manual": 60}, "running", None, "nothing was decided"),
        ({}, None, None, "nothing was decided"),
    ],
)
def test_when_there_is_no_score(
    counts: dict[str, int], state: str | None, percent: float | None, said: str | None
) -> None:
    whole = {**dict.fromkeys(("pass", "fail", "waived", "unknown", "manual", "not_applicable"), 0), **counts}
    assert score_of(whole, state)["percent"] == percent
    assert why_none(whole, state) == said
