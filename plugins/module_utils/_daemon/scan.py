# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parse JSON as Go's encoding/json does, with the place of every key.

Python's own parser accepts texts that Go refuses (NaN, control characters), loses duplicate keys and places, and fails
for deep nesting. This parser has its own stack and reads each character once.
"""

from __future__ import annotations

import bisect
import re
import typing as t

# The depth at which Go gives up.
MAX_DEPTH = 10000

_SPACE = re.compile(r"[ \t\r\n]*")
# A run of plain characters, or one escape; one match a string would need a stack in the expression engine.
_PLAIN = re.compile(r'[^"\\\x00-\x1f]+')
_ESCAPE = re.compile(r'\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_LITERAL = re.compile(r"true|false|null")
_LITERALS: dict[str, t.Any] = {"true": True, "false": False, "null": None}
_UNESCAPED = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class JsonFault(ValueError):
    """The text is not JSON. Contains the reason and the offset of the character."""

    def __init__(self, reason: str, offset: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.offset = offset


class Member(t.NamedTuple):
    """One key of an object with its place and its value. ``line`` and ``column`` count from 1."""

    key: str
    line: int
    column: int
    value: t.Any


class JsonObject:
    """An object with its members in order, including duplicates."""

    __slots__ = ("members",)

    def __init__(self) -> None:
        self.members: list[Member] = []


class Places:
    """Converts the offset of a character to line and column."""

    def __init__(self, text: str) -> None:
        self._starts = [0] + [found.end() for found in re.finditer("\n", text)]

    def of(self, offset: int) -> tuple[int, int]:
        line = bisect.bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1


def scan(text: str, places: Places, whole: bool = True) -> t.Any:
    """Parse a text. Return ``JsonObject``, list, str, int, float, bool or None. Raises JsonFault.

    With ``whole``, text after the value is an error. An integer without fraction or exponent is an ``int`` (of up to 20
    digits), every other number a ``float``.
    """
    return _Scanner(text, places).run(whole)


class _Scanner:
    def __init__(self, text: str, places: Places) -> None:
        self._text = text
        self._places = places
        self._at = 0
        # Each open container with, for objects, the key that waits for its value.
        self._stack: list[t.Any] = []
        self._keys: list[t.Optional[tuple[str, int]]] = []

    def run(self, whole: bool) -> t.Any:
        while True:
            value = self._value()
            if value is self._stack:  # a container was opened and is not empty: its first value comes next
                continue
            while True:
                if not self._stack:
                    return self._end(value, whole)
                value = self._close_or_continue(value)
                if value is self._stack:
                    break

    def _end(self, value: t.Any, whole: bool) -> t.Any:
        self._skip()
        if whole and self._at < len(self._text):
            raise JsonFault("there is text after the end of the configuration", self._at)
        return value

    def _skip(self) -> None:
        found = _SPACE.match(self._text, self._at)
        self._at = found.end() if found else self._at

    def _peek(self) -> str:
        self._skip()
        return self._text[self._at : self._at + 1]

    def _fault(self, wanted: str) -> JsonFault:
        found = self._text[self._at : self._at + 1]
        if not found:
            return JsonFault(f"the text ends where {wanted} should be", self._at)
        hint = ", and JSON has no comments" if found in "/#" else ""
        return JsonFault(f"{found!r} stands where {wanted} should be{hint}", self._at)

    def _value(self) -> t.Any:
        """Return a scalar or an empty container, or the stack if a container was opened."""
        character = self._peek()
        if character == "{" or character == "[":
            if len(self._stack) >= MAX_DEPTH:
                raise JsonFault(f"the nesting is deeper than {MAX_DEPTH}", self._at)
            self._at += 1
            container: t.Any = JsonObject() if character == "{" else []
            if self._peek() == ("}" if character == "{" else "]"):
                self._at += 1
                return container
            self._stack.append(container)
            self._keys.append(self._key() if character == "{" else None)
            return self._stack
        if character == '"':
            return self._string()
        literal = _LITERAL.match(self._text, self._at)
        if literal:
            self._at = literal.end()
            return _LITERALS[literal.group()]
        number = _NUMBER.match(self._text, self._at)
        if number:
            return self._number(number)
        raise self._fault("a value")

    def _close_or_continue(self, value: t.Any) -> t.Any:
        """Put the value into the open container; return the container where it ends, else the stack."""
        container = self._stack[-1]
        key = self._keys[-1]
        closing = "]"
        if isinstance(container, JsonObject):
            closing = "}"
            if key is not None:
                line, column = self._places.of(key[1])
                container.members.append(Member(key[0], line, column, value))
        else:
            container.append(value)
        character = self._peek()
        if character == closing:
            self._at += 1
            self._stack.pop()
            self._keys.pop()
            return container
        if character != ",":
            raise self._fault(f"a comma or {closing}")
        self._at += 1
        if closing == "}":
            self._keys[-1] = self._key()
        return self._stack

    def _key(self) -> tuple[str, int]:
        if self._peek() != '"':
            raise self._fault("a key in double quotes")
        offset = self._at
        key = self._string()
        if self._peek() != ":":
            raise self._fault("a colon")
        self._at += 1
        return key, offset

    def _string(self) -> str:
        start = self._at
        self._at += 1
        parts: list[str] = []
        while True:
            plain = _PLAIN.match(self._text, self._at)
            if plain:
                parts.append(plain.group())
                self._at = plain.end()
            character = self._text[self._at : self._at + 1]
            if character == '"':
                self._at += 1
                return "".join(parts)
            if character == "\\":
                parts.append(self._escape())
            elif not character:
                raise JsonFault("a string has no end", start)
            else:
                raise JsonFault("a string holds a line break or another control character", self._at)

    def _escape(self) -> str:
        code = self._code()
        if code is None:
            character = _UNESCAPED[self._text[self._at + 1]]
            self._at += 2
            return character
        self._at += 6
        if 0xD800 <= code < 0xDC00 and self._text[self._at : self._at + 2] == "\\u":
            low = self._code()
            if low is not None and 0xDC00 <= low < 0xE000:
                self._at += 6
                return chr(0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00))
        # Half a pair becomes the replacement character, as in Go; Python could not print it.
        return "\ufffd" if 0xD800 <= code < 0xE000 else chr(code)

    def _code(self) -> int | None:
        r"""Return the number of the \u escape at this place, or None for a short escape. Raises JsonFault for any other
        text."""
        found = _ESCAPE.match(self._text, self._at)
        if not found:
            raise JsonFault("a backslash in a string begins no escape that JSON knows", self._at)
        return int(found.group()[2:], 16) if found.group()[1] == "u" else None

    def _number(self, found: t.Match[str]) -> int | float:
        start = self._at
        self._at = found.end()
        digits = found.group()
        if found.group(1) is None and found.group(2) is None and len(digits) <= 20:
            return int(digits)
        number = float(digits)
        if number in (float("inf"), float("-inf")):
            raise JsonFault("a number is too large", start)
        return number
