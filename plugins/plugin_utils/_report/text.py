# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text from hosts, made safe and readable for people: names, evidence, numbers."""

from __future__ import annotations

import json
import re
import typing as t
import unicodedata

from ansible_collections.seawall.docker.plugins.module_utils._host.visible import visible

_DIGITS = re.compile(r"([0-9]+)")


def cause_of(reason: str) -> str:
    """Return why a fact is not known, without the name of the fact and the number of subjects, which differ by rule.
    Empty where the subjects share no reason."""
    return re.sub(r"^(?:\d+ of \d+(?:: |$))?(?:[^:]{1,200}? is not known: )?", "", reason)


def evidence(value: t.Any) -> str:
    """Return any JSON value as text for people. ``null`` means that the collector looked and found none."""
    if value is None:
        return "none"
    if isinstance(value, str):
        return visible(value) if value else '""'
    if isinstance(value, (bool, int, float)):
        return json.dumps(value)
    if isinstance(value, list):
        return ", ".join(_nested(item) for item in value) if value else "none"
    if isinstance(value, dict):
        return "; ".join(f"{visible(str(key))}: {_nested(item)}" for key, item in value.items()) if value else "none"
    return visible(str(value))


def _nested(value: t.Any) -> str:
    if isinstance(value, dict):
        return (
            f"({', '.join(f'{visible(str(key))}: {_nested(item)}' for key, item in value.items())})"
            if value
            else "none"
        )
    if isinstance(value, list):
        return f"[{evidence(value)}]" if value else "[]"
    return evidence(value)


def natural(name: str) -> tuple[list[tuple[int, int, str]], str]:
    """Return a sort key that puts web2 before web10. The name itself decides between equals, so the order is total."""
    parts = [
        (0, int(part), "") if part.isdecimal() else (1, 0, part) for part in _DIGITS.split(name.lower()[:512]) if part
    ]
    return parts, name


def numbered(number: str) -> tuple[list[tuple[int, int, str]], str]:
    """Return a sort key for numbers of recommendations: 2.9 before 2.10, 5 before 5.1."""
    return [key for part in number.split(".") for key in natural(part)[0] or [(0, 0, "")]], number


def width(text: str) -> int:
    """Return how many columns of a terminal a visible text takes."""
    if text.isascii():
        return len(text)
    return sum(_columns(char) for char in text)


def _columns(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


def shorten(text: str, columns: int) -> str:
    """Cut the text to that many columns. Replace the end of a longer text by ``...``."""
    if width(text) <= columns:
        return text
    if text.isascii():
        return text[: max(columns - 3, 0)].rstrip() + "..."
    start, used = [], 0
    for char in text:
        used += _columns(char)
        if used > columns - 3:
            break
        start.append(char)
    return "".join(start).rstrip() + "..."


def pad(text: str, columns: int) -> str:
    text = shorten(text, columns)
    return text + " " * (columns - width(text))


def listed(names: t.Sequence[str], columns: int) -> str:
    """List as many names as fit into the columns, and say how many more there are."""
    shown: list[str] = []
    for position, name in enumerate(names):
        left = len(names) - position - 1
        tail = f" +{left}" if left else ""
        if width(", ".join([*shown, name])) + len(tail) > columns:
            break
        shown.append(name)
    missing = len(names) - len(shown)
    if not shown and names:
        tail = f" +{missing - 1}" if missing > 1 else ""
        return shorten(names[0], columns - len(tail)) + tail
    return ", ".join(shown) + (f" +{missing}" if missing else "")


def flowing(words: str) -> str:
    """Join a wrapped text of ours to one line."""
    return " ".join(words.split())


def plural(count: int, noun: str, many: str | None = None) -> str:
    return f"{count:,} {noun if count == 1 else many or noun + 's'}"


def wrapped(words: str, columns: int, first: str = "", rest: str = "") -> list[str]:
    """Break the text into lines of that many columns at most. Unlike textwrap, it counts columns and drops nothing."""
    lines, line, empty = [], first, True
    for word in words.split(" "):
        while word:
            room = columns - width(line) - (0 if empty else 1)
            if width(word) <= room:
                line, empty, word = f"{line}{'' if empty else ' '}{word}", False, ""
            elif empty:
                head = _fitting(word, max(room, 2))
                lines.append(line + head)
                line, word = rest, word[len(head) :]
            else:
                lines.append(line)
                line, empty = rest, True
    return lines if empty and lines else [*lines, line]


def _fitting(word: str, columns: int) -> str:
    used = 0
    for position, char in enumerate(word):
        used += _columns(char)
        if used > columns:
            return word[:position]
    return word
