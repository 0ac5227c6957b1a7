# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading files and data on the controller, whoever wrote them: what each may cost is decided before it is read.

Only regular files are read, since a pipe holds its reader and a device has no end. Everything has a limit of bytes, of
values and of depth.
"""

from __future__ import annotations

import errno
import json
import math
import os
import stat
import typing as t

# A fleet's largest findings documents and postures, those of 1,000 containers, need a tenth of this.
MAX_BYTES = 256 * 1024 * 1024
MAX_VALUES = 5_000_000
MAX_DEPTH = 100


class Unreadable(Exception):
    """What is wrong with a file or a value, as the predicate of a sentence whose subject is its name."""


def text_of(path: str | os.PathLike[str], max_bytes: int = MAX_BYTES) -> str:
    """The text of a regular file in UTF-8 of at most that many bytes. Raises Unreadable."""
    name = os.fspath(path)
    if "\0" in name:
        raise Unreadable("cannot be read: its name holds a null character")
    try:
        # Without waiting: opening a pipe would last until somebody writes to it.
        descriptor = os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(descriptor)
            if stat.S_ISDIR(status.st_mode):
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            raise Unreadable(f"is not a file but {_type(status.st_mode)}; name a regular file")
        with os.fdopen(descriptor, "rb") as file:
            # What a file of the kernel holds is not told by its size, so that it is read with a limit as well.
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
    """The JSON document in a regular file. Raises Unreadable."""
    text = text_of(path, max_bytes)
    # An upper bound of the values, before they take twenty times the memory of the text.
    if text.count(",") + text.count("[") + text.count("{") > max_values:
        raise Unreadable(f"holds more than {max_values:,} values")
    try:
        document = json.loads(text, parse_constant=_no_number)
    except RecursionError:
        raise Unreadable(f"does not hold valid JSON of at most {max_depth} levels") from None
    except json.JSONDecodeError as error:
        raise Unreadable(f"does not hold valid JSON (line {error.lineno}, column {error.colno}: {error.msg})") from None
    except ValueError as error:
        raise Unreadable(f"does not hold valid JSON ({error})") from None
    check_bounds(document, max_values, max_depth)
    return document


def check_bounds(
    value: t.Any, max_values: int = MAX_VALUES, max_depth: int = MAX_DEPTH, max_characters: int = MAX_BYTES
) -> None:
    """Raises Unreadable for data that are larger or deeper than that, and for numbers that are none.

    A part that stands in several places, as aliases of YAML make it, counts in each of them.
    """
    values = characters = 0
    # One iterator a level: no call within itself, and no copy of a level.
    levels: list[t.Iterator[t.Any]] = [iter((value,))]
    while levels:
        for item in levels[-1]:
            values += 1
            if isinstance(item, str):
                characters += len(item)
            elif isinstance(item, dict):
                characters += sum(len(key) for key in item if isinstance(key, str))
                levels.append(iter(item.values()))
                break
            elif isinstance(item, (list, tuple)):
                levels.append(iter(item))
                break
            elif isinstance(item, float) and not math.isfinite(item):
                raise Unreadable(f"holds {item}, which is no number")
            if values > max_values:
                raise Unreadable(f"holds more than {max_values:,} values")
            if characters > max_characters:
                raise Unreadable(f"holds more than {max_characters:,} characters")
        else:
            levels.pop()
        if len(levels) > max_depth + 1:
            raise Unreadable(f"is nested deeper than {max_depth} levels")
        if values > max_values:
            raise Unreadable(f"holds more than {max_values:,} values")
        if characters > max_characters:
            raise Unreadable(f"holds more than {max_characters:,} characters")


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
        return "it is a socket or a device without anybody behind it"
    return os.strerror(error.errno) if error.errno else str(error)


def _size(count: int) -> str:
    return f"{count // 1024 // 1024} MiB" if count >= 1024 * 1024 else f"{count // 1024} KiB"


def _no_number(word: str) -> t.NoReturn:
    raise ValueError(f"{word} is no number")
