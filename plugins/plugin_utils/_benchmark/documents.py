# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read YAML with the line of every key, so that an error can name it. The size is limited for files of any author."""

from __future__ import annotations

import functools
import os
import typing as t
from pathlib import Path

import yaml

from ansible_collections.seawall.docker.plugins.module_utils._host.visible import visible
from ansible_collections.seawall.docker.plugins.plugin_utils import _reading
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.errors import BenchmarkError, Faults

Path_ = tuple[str | int, ...]

# The largest file that ships has 50 KB, 3,000 values and 8 levels.
MAX_BYTES = 1024 * 1024
MAX_VALUES = 100_000
MAX_DEPTH = 32
# YAML reads 1:30 as a number to the base of 60, and a number of a megabyte would take it minutes.
_LONGEST_NUMBER = 64
_TEXT = "tag:yaml.org,2002:str"
_DAY = "tag:yaml.org,2002:timestamp"

# libyaml is ten times as fast and part of nearly every build; the pure loader reads the same language.
_LOADER: t.Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Document(t.NamedTuple):
    """Plain data, and the line (from 1) of each path in it."""

    path: str
    data: t.Any
    lines: dict[Path_, int]

    def line(self, where: Path_) -> int:
        """Return the line of a path. If it has none, return the line of the nearest path above it."""
        while where not in self.lines and where:
            where = where[:-1]
        return self.lines.get(where, 1)

    def expect(self, where: Path_, holds: t.Any, message: str) -> None:
        """Raise BenchmarkError if it does not hold."""
        if not holds:
            raise self.error(where, message)

    def error(self, where: Path_, message: str) -> BenchmarkError:
        key = ".".join(str(part) for part in where) or "the document"
        return BenchmarkError(visible(f"{self.path}, line {self.line(where)}, {key}: {message}"))


@functools.cache
def shipped_document(path: Path) -> Document:
    """Read a file of this collection, once in a process. Whoever uses it leaves it as it is."""
    return read_document(path)


def read_document(path: str | Path) -> Document:
    """Read one YAML file. Raises BenchmarkError for a file that cannot be read, is no YAML, or repeats a key."""
    name = visible(str(path))
    try:
        text = _reading.text_of(path, MAX_BYTES)
    except _reading.Unreadable as problem:
        # Where a relative path was looked for depends on where Ansible was started.
        whole = os.path.abspath(path) if "\0" not in str(path) else str(path)
        place = name if whole == str(path) else f"{name} ({visible(whole)})"
        raise BenchmarkError(f"{place} {problem}") from None
    loader = _LOADER(text)
    try:
        node = loader.get_single_node()
        reader = _Reader(loader, name)
        data = None if node is None else reader.build(node, ())
        reader.faults.check()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        fault = visible(str(getattr(error, "problem", None) or error))
        raise BenchmarkError(f"{name}, line {line}: this is not valid YAML: {fault}") from None
    except RecursionError:
        raise BenchmarkError(f"{name}: nested too deeply") from None
    finally:
        loader.dispose()
    return Document(name, data, reader.lines if node is not None else {})


class _Reader:
    """Builds plain data from YAML nodes, and collects what is wrong. It counts the values, since an alias repeats all that it
    refers to."""

    def __init__(self, loader: t.Any, path: str) -> None:
        self._loader = loader
        self._path = path
        self._values = 0
        self.faults = Faults()
        self.lines: dict[Path_, int] = {}

    def build(self, node: t.Any, where: Path_) -> t.Any:
        self.lines.setdefault(where, node.start_mark.line + 1)
        self._values += 1
        if self._values > MAX_VALUES:
            raise self._error(
                node, where, f"the file holds more than {MAX_VALUES:,} values, with what its aliases repeat; split it"
            )
        if len(where) > MAX_DEPTH:
            raise self._error(node, where[:3], f"nested deeper than {MAX_DEPTH} levels")
        if isinstance(node, yaml.MappingNode):
            result: dict[str, t.Any] = {}
            for key_node, value_node in node.value:
                key = str(self._scalar(key_node, where)) if isinstance(key_node, yaml.ScalarNode) else "?"
                if key in result:
                    with self.faults:
                        raise self._error(key_node, (key,), "this key stands twice")
                self.lines[where + (key,)] = key_node.start_mark.line + 1
                result[key] = self.build(value_node, where + (key,))
            return result
        if isinstance(node, yaml.SequenceNode):
            return [self.build(child, where + (number,)) for number, child in enumerate(node.value)]
        return self._scalar(node, where)

    def _scalar(self, node: t.Any, where: Path_) -> t.Any:
        if node.tag == _TEXT:
            return node.value
        if len(node.value) > _LONGEST_NUMBER:
            raise self._error(node, where, "this value is too long for a number or a date; quote it if it is text")
        try:
            return self._loader.construct_object(node)
        except yaml.YAMLError:
            raise
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            if node.tag == _DAY and isinstance(error, ValueError):
                # 2027-02-30 is a date to YAML and none to the calendar. As text it is refused where a date is needed, together
                # with what else is wrong there.
                return str(node.value)
            detail = f": {error}" if isinstance(error, ValueError) else f" as {node.tag.rpartition(':')[2]}"
            with self.faults:
                raise self._error(node, where, f"{node.value} is not valid{detail}") from None
            return None

    def _error(self, node: t.Any, where: Path_, message: str) -> BenchmarkError:
        key = ".".join(str(part) for part in where) or "the document"
        return BenchmarkError(visible(f"{self._path}, line {node.start_mark.line + 1}, {key}: {message}"))
