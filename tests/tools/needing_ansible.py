# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which unit tests need ansible-core: those whose files import it, themselves or by what they import of the collection."""

from __future__ import annotations

import ast
import functools
from pathlib import Path

_COLLECTION = "ansible_collections.seawall.docker."


def tests_that_need_ansible(root: Path) -> list[str]:
    """The files of unit tests below the checkout that reach an import of ansible-core."""
    found = sorted((root / "tests" / "unit").rglob("test_*.py"))
    return [str(path.relative_to(root)) for path in found if _reaches_ansible(root, path)]


def _reaches_ansible(root: Path, test: Path) -> bool:
    seen: set[Path] = set()
    left = [test]
    while left:
        path = left.pop()
        if path in seen:
            continue
        seen.add(path)
        names = _imported(path)
        if any(name.split(".")[0] == "ansible" for name in names):
            return True
        left += [file for name in names for file in _files_of(root, name)]
    return False


@functools.cache
def _imported(path: Path) -> frozenset[str]:
    """Every dotted name that a file imports, wherever in it; of ``from a import b`` both a and a.b, since b may be a file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(found)


def _files_of(root: Path, name: str) -> list[Path]:
    if not name.startswith(_COLLECTION):
        return []
    path = root.joinpath(*name[len(_COLLECTION) :].split("."))
    return [file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()]
