# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Change keys of a JSON object in its text, so that everything else stays as somebody wrote it.

Pure: text in, text out. The text must have been read without a fault before: nothing is checked here.
"""

from __future__ import annotations

import json
import re
import typing as t

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_DEFAULT_INDENT = "  "


class _Part(t.NamedTuple):
    """A member of the outer object: the space before it, its key (as text and as written), what stands between, its
    value as written, the space after.
    """

    before: str
    key: str
    written: str
    between: str
    value: str
    after: str


class _Style(t.NamedTuple):
    """``indent`` is None where the object stands on one line; ``before`` is the space before a new member."""

    indent: t.Optional[str]
    newline: str
    colon: str
    before: str


class _Text(t.NamedTuple):
    head: str
    parts: t.List[_Part]
    inside: str
    tail: str


def edit(text: str, changes: dict[str, t.Any], removed: t.Iterable[str]) -> str:
    """The text with the values of ``changes`` set and the keys of ``removed`` gone.

    A key that is there keeps its place, new keys come last; of a key that is there twice, the last place stays.
    """
    parsed = _split(text)
    if parsed is None:
        return _fresh(changes, text)
    style = _style_of(parsed)
    gone = set(removed)
    last = {part.key: position for position, part in enumerate(parsed.parts)}
    kept: list[_Part] = []
    for position, part in enumerate(parsed.parts):
        if part.key in gone or (part.key in changes and last[part.key] != position):
            continue
        if part.key in changes:
            part = part._replace(value=_dump(changes[part.key], style))
        if position == len(parsed.parts) - 1:
            part = part._replace(after="")  # the space before the closing brace is not this member's
        kept.append(part)
    for key, value in changes.items():
        if key not in last:
            written = json.dumps(key, ensure_ascii=False)
            kept.append(_Part(style.before, key, written, style.colon, _dump(value, style), ""))
    return parsed.head + _joined(parsed, kept, style) + parsed.tail


def _split(text: str) -> _Text | None:
    """The outer object's members with all space; None where there is no object with members or braces to keep."""
    tokens = list(_TOKEN.finditer(text))
    if not tokens or tokens[0].group() != "{":
        return None
    parts: list[_Part] = []
    at = tokens[0].end()
    position = 1
    while tokens[position].group() != "}":
        key = tokens[position]
        value_start = tokens[position + 2].start()
        depth = 0
        position += 2
        while True:
            word = tokens[position].group()
            depth += (word in "{[") - (word in "}]")
            if depth == 0:
                break
            position += 1
        value_end = tokens[position].end()
        position += 1
        after_end = tokens[position].start()
        parts.append(
            _Part(
                text[at : key.start()],
                json.loads(key.group(), strict=False),
                key.group(),
                text[key.end() : value_start],
                text[value_start:value_end],
                text[value_end:after_end],
            )
        )
        if tokens[position].group() == ",":
            at = tokens[position].end()
            position += 1
        else:
            at = after_end
    end = tokens[position]
    inside = text[tokens[0].end() : end.start()] if not parts else ""
    return _Text(text[: tokens[0].start()], parts, inside, text[end.end() :])


def _style_of(parsed: _Text) -> _Style:
    everything = parsed.head + parsed.inside + parsed.tail + "".join(part.before + part.after for part in parsed.parts)
    newline = "\r\n" if "\r\n" in everything else "\n"
    if not parsed.parts:
        return _Style(_DEFAULT_INDENT, newline, ": ", newline + _DEFAULT_INDENT)
    colon = ": " if parsed.parts[0].between[-1:].isspace() else ":"
    for part in parsed.parts:
        if "\n" in part.before:
            indent = part.before.rpartition("\n")[2]
            return _Style(indent or _DEFAULT_INDENT, newline, colon, newline + indent)
    spaced = parsed.parts[1].before if len(parsed.parts) > 1 else (" " if colon == ": " else "")
    return _Style(None, newline, colon, spaced)


def _joined(parsed: _Text, kept: list[_Part], style: _Style) -> str:
    """The outer object. The space inside its braces stays, whichever members stand there now."""
    if not kept:
        return "{}"
    closing = parsed.parts[-1].after if parsed.parts else style.newline
    if parsed.parts:
        kept[0] = kept[0]._replace(before=parsed.parts[0].before)
    kept[-1] = kept[-1]._replace(after=closing)
    words = [part.before + part.written + part.between + part.value + part.after for part in kept]
    return "{" + ",".join(words) + "}"


def _dump(value: t.Any, style: _Style) -> str:
    """The value as it stands below a key of the outer object."""
    if style.indent is None:
        return json.dumps(value, ensure_ascii=False, separators=("," + style.before, style.colon))
    dumped = json.dumps(value, ensure_ascii=False, indent=style.indent, separators=(",", style.colon))
    return dumped.replace("\n", style.newline + style.indent)


def _fresh(changes: dict[str, t.Any], text: str) -> str:
    """A new object: the file was empty, or held nothing but ``null``."""
    newline = "\r\n" if "\r\n" in text else "\n"
    if not changes:
        return "{}" + newline
    return json.dumps(changes, ensure_ascii=False, indent=_DEFAULT_INDENT).replace("\n", newline) + newline
