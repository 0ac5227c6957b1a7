# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""YAML read with the line of every key, so that an error can say where."""

from __future__ import annotations

import typing as t
from pathlib import Path

import yaml

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.errors import BenchmarkError

Path_ = tuple[str | int, ...]

# libyaml is ten times as fast and part of nearly every build; the pure loader reads the same language.
_LOADER: t.Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Document(t.NamedTuple):
    """Plain data, and the line (from 1) of each path into it."""

    path: str
    data: t.Any
    lines: dict[Path_, int]

    def line(self, where: Path_) -> int:
        """The line of a path, or of the nearest part above it that has one."""
        while where not in self.lines and where:
            where = where[:-1]
        return self.lines.get(where, 1)

    def error(self, where: Path_, message: str) -> BenchmarkError:
        key = ".".join(str(part) for part in where) or "the document"
        return BenchmarkError(f"{self.path}, line {self.line(where)}, {key}: {message}")


def read_document(path: str | Path) -> Document:
    """Read one YAML file. Raises BenchmarkError for a file that cannot be read, is no YAML, or repeats a key."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BenchmarkError(f"{path} cannot be read: {reason}") from None
    loader = _LOADER(text)
    lines: dict[Path_, int] = {}
    try:
        node = loader.get_single_node()
        data = None if node is None else _build(loader, node, (), lines, str(path))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        raise BenchmarkError(
            f"{path}, line {line}: this is not valid YAML: {getattr(error, 'problem', error)}"
        ) from None
    except RecursionError:
        raise BenchmarkError(f"{path}: nested too deeply") from None
    finally:
        loader.dispose()
    return Document(str(path), data, lines)


def _build(loader: t.Any, node: t.Any, where: Path_, lines: dict[Path_, int], path: str) -> t.Any:
    lines.setdefault(where, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        result: dict[str, t.Any] = {}
        for key_node, value_node in node.value:
            key = str(loader.construct_object(key_node)) if isinstance(key_node, yaml.ScalarNode) else "?"
            line = key_node.start_mark.line + 1
            if key in result:
                raise BenchmarkError(f"{path}, line {line}, {key}: this key stands twice")
            lines[where + (key,)] = line
            result[key] = _build(loader, value_node, where + (key,), lines, path)
        return result
    if isinstance(node, yaml.SequenceNode):
        return [_build(loader, child, where + (number,), lines, path) for number, child in enumerate(node.value)]
    try:
        return loader.construct_object(node)
    except ValueError as error:
        # A day such as 2027-02-30 is a date to YAML and none to the calendar.
        place = f"{path}, line {node.start_mark.line + 1}, {'.'.join(str(part) for part in where)}"
        raise BenchmarkError(f"{place}: {node.value} is not valid: {error}") from None
