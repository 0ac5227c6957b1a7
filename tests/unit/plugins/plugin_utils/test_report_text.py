# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text from hosts: what people see of it, how it is ordered and how it is shortened."""

from __future__ import annotations

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._host.visible import visible
from ansible_collections.seawall.docker.plugins.plugin_utils._report import text
from ansible_collections.seawall.docker.tests.support import findings


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("web-1.example", "web-1.example"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("\x00\x7f\x9b", "\\x00\\x7f\\x9b"),
        ("\u202e\u2066\u200f", "\\u202e\\u2066\\u200f"),
        ("\u200b\ufeff\u2028", "\\u200b\\ufeff\\u2028"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("\u3164\u2800\ufe0f", "\\u3164\\u2800\\ufe0f"),
        ("a\u00a0b", "a\\xa0b"),
        ("größe 数据", "größe 数据"),
    ],
)
def test_visible(raw: str, shown: str) -> None:
    assert visible(raw) == shown


def test_visible_twice_is_visible_once() -> None:
    for name in findings.HOSTILE:
        assert visible(visible(name)) == visible(name)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "none"),
        ("", '""'),
        (True, "true"),
        (0.5, "0.5"),
        ([], "none"),
        ({}, "none"),
        (["a", "b\x1b"], "a, b\\x1b"),
        ({"a": None, "b": [1, 2], "c": []}, "a: none; b: [1, 2]; c: []"),
        ({"a": {"b": "\u202e"}}, "a: (b: \\u202e)"),
    ],
)
def test_evidence(value: object, shown: str) -> None:
    assert text.evidence(value) == shown


def test_numbers_in_names_count() -> None:
    assert sorted(["web10", "web2", "Web1", "web1", "2web", ""], key=text.natural) == [
        "",
        "2web",
        "Web1",
        "web1",
        "web2",
        "web10",
    ]
    assert sorted(["5.2", "5.10", "", "5", "1.1.18", "1.1.2", "x"], key=text.numbered) == [
        "",
        "1.1.2",
        "1.1.18",
        "5",
        "5.2",
        "5.10",
        "x",
    ]


def test_digits_of_other_scripts_do_not_break_the_order() -> None:
    assert min(["a²", "a٣", "a1"], key=text.natural) == "a1"


def test_shorten_counts_columns() -> None:
    assert text.shorten("数据数据数据", 8) == "数据..."
    assert text.shorten("abcdef", 6) == "abcdef"
    assert text.shorten("abcdefg", 6) == "abc..."
    assert text.shorten("ab defg", 6) == "ab..."
    assert text.shorten("abcdefg", 2) == "..."
    assert text.pad("ab", 4) == "ab  "


@pytest.mark.parametrize("columns", range(8, 40))
def test_listed_fits_and_counts_what_it_leaves_out(columns: int) -> None:
    names = [f"name{n}" for n in range(12)]
    line = text.listed(names, columns)
    assert len(line) <= columns
    shown, _plus, more = line.partition(" +")
    assert len([name for name in shown.split(", ") if name]) + int(more or 0) == 12


def test_wrapped_loses_nothing() -> None:
    words = "one " + "数" * 30 + " " + "x" * 50 + " end"
    lines = text.wrapped(words, 20, "  ", "    ")
    assert all(text.width(line) <= 20 for line in lines)
    assert "".join("".join(lines).split()) == "".join(words.split())
    assert text.wrapped("", 20, "  ") == ["  "]
