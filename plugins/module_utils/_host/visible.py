# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Escaping of text from others, so that it cannot control a terminal. Ansible prints results of tasks unchanged."""

from __future__ import annotations

import typing as t

# Letters by their category, yet drawn as nothing or as blank: a name made of them would be invisible.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0") | frozenset(
    chr(code) for codes in (range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0)) for code in codes
)
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
# What a task's result says to people. Everything else in it is data, and stays as it was read.
_SENTENCES = ("msg", "error", "reason", "offence", "lines", "summary")
# Parts of a diff that are texts of several lines.
_DIFF_TEXTS = ("before", "after", "prepared")


def visible(text: str) -> str:
    """Escape all characters that control a terminal or a browser, such as ``\\x1b`` and ``\\u202e``.

    Unicode's unprintable characters are control characters, bidirectional overrides, zero-width characters,
    line separators, surrogates and all blanks but the space.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if char.isprintable() and char not in _BLANK else _escaped(char) for char in text)


def visible_lines(text: str) -> str:
    """Escape a text of several lines, such as a file. Line ends and tabs stay."""
    return "".join(char if char in "\n\t" else visible(char) for char in text) if visible(text) != text else text


def visible_result(result: t.Dict[str, t.Any]) -> t.Dict[str, t.Any]:
    """Escape the messages and the diff in the result of a task."""
    shown = {key: _sentence(value) if key in _SENTENCES else value for key, value in result.items()}
    if "diff" in shown:
        shown["diff"] = _diff(shown["diff"])
    return shown


def _sentence(value: t.Any) -> t.Any:
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, (list, tuple)):
        return [_sentence(item) for item in value]
    return value


def _diff(diff: t.Any) -> t.Any:
    if isinstance(diff, (list, tuple)):
        return [_diff(part) for part in diff]
    if not isinstance(diff, dict):
        return diff
    return {
        key: (visible_lines(value) if key in _DIFF_TEXTS else visible(value)) if isinstance(value, str) else value
        for key, value in diff.items()
    }


def _escaped(char: str) -> str:
    code = ord(char)
    if char in _SHORT:
        return _SHORT[char]
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
