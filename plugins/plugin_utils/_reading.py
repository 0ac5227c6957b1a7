# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bounded reading of files and data on the controller, whoever wrote them.

Only regular files are read, since a pipe can block its reader and a device may have no end. Bytes, values and depth have
limits.
"""

from __future__ import annotations

import collections
import errno
import itertools
import json
import math
import os
import stat
import typing as t

# The findings or the posture of a host with 1,000 containers needs a tenth of this.
MAX_BYTES = 256 * 1024 * 1024
MAX_VALUES = 5_000_000
MAX_DEPTH = 100
# No fact of a host has more digits. Python calculates with any number of them, and fails where it makes a float of many.
_MOST_DIGITS = 20
_LARGEST = 10**_MOST_DIGITS


# Of JSON, all bytes but brackets and the quotes around texts.
_NO_BRACKET = bytes(number for number in range(256) if number not in b'[]{}"')
_STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


class Unreadable(Exception):
    """A file or value that cannot be read. The message is the predicate of a sentence whose subject is the name."""


def text_of(path: str | os.PathLike[str], max_bytes: int = MAX_BYTES) -> str:
    """Return the text of a regular file in UTF-8 of at most that many bytes. Raise Unreadable."""
    name = os.fspath(path)
    if "\0" in name:
        raise Unreadable("cannot be read: its name holds a null character")
    try:
        # Non-blocking: to open a pipe would otherwise wait for a writer.
        descriptor = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(descriptor)
            if stat.S_ISDIR(status.st_mode):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            raise Unreadable(f"is {_type(status.st_mode)}; name a regular file")
        with os.fdopen(descriptor, "rb") as file:
            # A file of the kernel may report size 0, so the read itself has a limit, too.
            content = file.read(max_bytes + 1) if status.st_size <= max_bytes else None
    except OSError as error:
        raise Unreadable(f"cannot be read: {_why(error)}") from None
    if content is None or len(content) > max_bytes:
        raise Unreadable(f"is larger than {_size(max_bytes)}, which is the limit for such a file")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"is not text in UTF-8 (byte {error.start + 1:,})") from None


def json_of(
    path: str | os.PathLike[str],
    max_bytes: int = MAX_BYTES,
    max_values: int = MAX_VALUES,
    max_depth: int = MAX_DEPTH,
) -> t.Any:
    """Return the JSON document in a regular file. Raise Unreadable."""
    return json_in(text_of(path, max_bytes), max_values, max_depth)


def json_in(text: str, max_values: int = MAX_VALUES, max_depth: int = MAX_DEPTH) -> t.Any:
    """Return the JSON document in a text. Raise Unreadable."""
    # Estimate the number of values first: parsed values take about twenty times the memory of the text.
    if text.count(",") + text.count("[") + text.count("{") > max_values:
        raise Unreadable(f"holds more than {max_values:,} values")
    try:
        document = json.loads(
            text, parse_int=_whole, parse_float=_finite, parse_constant=_no_number, object_pairs_hook=_unambiguous
        )
    except RecursionError:
        raise Unreadable(f"does not hold valid JSON of at most {max_depth} levels") from None
    except json.JSONDecodeError as error:
        raise Unreadable(f"does not hold valid JSON (line {error.lineno}, column {error.colno}: {error.msg})") from None
    except ValueError as error:
        raise Unreadable(f"does not hold valid JSON ({error})") from None
    # The text bounds values and characters; to count those of a parsed document would take longer than parsing it.
    if _levels(text) > max_depth:
        raise Unreadable(f"is nested deeper than {max_depth} levels")
    return document


def _levels(text: str) -> int:
    """Return how deep valid JSON is nested."""
    # Bytes, since most of them are removed in one step. No byte of a longer character looks like a bracket or a quote.
    data = text.encode("utf-8", "surrogatepass")
    # Without escaped backslashes and quotes, every quote begins or ends a text.
    if b"\\" in data:
        data = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    # Two quotes side by side say nothing of what is around them: most of them are texts without brackets.
    brackets = b"".join(data.translate(None, _NO_BRACKET).replace(b'""', b"").split(b'"')[::2])
    return max(itertools.accumulate(map(_STEP.__getitem__, brackets)), default=0)


def _unambiguous(pairs: list[tuple[str, t.Any]]) -> dict[str, t.Any]:
    # Of a key that stands twice, each reader may take another one: a copy of the text would not say what was judged.
    made = dict(pairs)
    if len(made) != len(pairs):
        counts = collections.Counter(key for key, _value in pairs)
        twice = next(key for key, count in counts.items() if count > 1)
        raise ValueError(f"the key {json.dumps(twice[:50])} appears twice in one object; remove one")
    return made


def _whole(digits: str) -> int:
    if len(digits.lstrip("-")) > _MOST_DIGITS:
        raise ValueError(f"{digits[:50]} is too large for a number")
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits[:50]} is too large for a number")
    return number


def check_bounds(
    value: t.Any, max_values: int = MAX_VALUES, max_depth: int = MAX_DEPTH, max_characters: int = MAX_BYTES
) -> None:
    """Raise Unreadable for data that exceed a limit, and for numbers that are not finite, or too large.

    A part that is used several times, as by aliases of YAML, counts each time.
    """
    values = characters = 0
    # What is still to be counted: the entries of a list or a mapping, and how deep they are. It avoids recursion and copies.
    waiting: list[tuple[t.Collection[t.Any], int]] = [((value,), 0)]
    while waiting:
        entries, depth = waiting.pop()
        if depth > max_depth:
            raise Unreadable(f"is nested deeper than {max_depth} levels")
        values += len(entries)
        if values > max_values:
            raise Unreadable(f"holds more than {max_values:,} values")
        for entry in entries:
            if isinstance(entry, str):
                characters += len(entry)
            elif isinstance(entry, dict):
                characters += sum([len(key) if isinstance(key, str) else _length(key) for key in entry])
                waiting.append((entry.values(), depth + 1))
            elif isinstance(entry, (list, tuple)):
                waiting.append((entry, depth + 1))
            elif isinstance(entry, float) and not math.isfinite(entry):
                raise Unreadable(f"holds {entry}, which is no number")
            elif isinstance(entry, int):
                _check_whole(entry)
        if characters > max_characters:
            raise Unreadable(f"holds more than {max_characters:,} characters")


def _length(key: t.Any) -> int:
    """Return the length of a key that is no text. Raise Unreadable for a number with too many digits."""
    if isinstance(key, int):
        _check_whole(key)
    return len(str(key))


def _check_whole(number: int) -> None:
    if not -_LARGEST < number < _LARGEST:
        raise Unreadable(f"holds a number of more than {_MOST_DIGITS} digits")


def _type(mode: int) -> str:
    kinds = (
        (stat.S_ISFIFO, "a pipe"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
        (stat.S_ISSOCK, "a socket"),
    )
    return next((word for test, word in kinds if test(mode)), "something else")


def _why(error: OSError) -> str:
    if error.errno == errno.ENXIO:
        return "it is a socket, or a device that nothing serves"
    return os.strerror(error.errno) if error.errno else str(error)


def _size(count: int) -> str:
    return f"{count // 1024 // 1024} MiB" if count >= 1024 * 1024 else f"{count // 1024} KiB"


def _no_number(word: str) -> t.NoReturn:
    raise ValueError(f"{word} is no number")
