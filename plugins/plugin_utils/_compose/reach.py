# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files Compose would read for a project, and whether one of them lies outside of the repository.

Whoever writes the repository chooses what is included and where a link leads. Values from files outside would get into the
findings, which others can read.
"""

from __future__ import annotations

import os
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.visible import visible
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.documents import read_document
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.errors import BenchmarkError

_MOST_FILES = 200


def require_inside(files: t.Sequence[str], root: str) -> None:
    """Raise BenchmarkError if a file of the project, one that it includes, or one with values of variables leads out of
    ``root``. Files that were named as ones outside are the choice of who runs this."""
    for path in files:
        if _inside(os.path.abspath(path), root):
            _require(path, root, "a link")
    pending = [os.path.abspath(path) for path in files]
    seen: set[str] = set()
    while pending:
        path = pending.pop()
        if path in seen:
            continue
        seen.add(path)
        if len(seen) > _MOST_FILES:
            raise BenchmarkError(f"{visible(files[0])} includes more than {_MOST_FILES} files")
        folder = os.path.dirname(path)
        # Where the project lies outside by choice, its own .env does as well.
        if _inside(folder, root):
            _require(os.path.join(folder, ".env"), root, "a link")
        for included, values in _includes(path):
            for one in (*included, *values):
                _require(os.path.join(folder, one), root, f"include or extends of {visible(path)}")
            pending += [os.path.abspath(os.path.join(folder, one)) for one in included]


def _includes(path: str) -> list[tuple[list[str], list[str]]]:
    """The files of each entry of ``include`` and each ``extends``, and those with values for it. A file that this cannot read has none: Compose
    says what is wrong with it."""
    try:
        document = read_document(path).data
    except BenchmarkError:
        return []
    if not isinstance(document, dict):
        return []
    entries = document.get("include")
    services = document.get("services")
    extended = [
        {"path": one["extends"]["file"]}
        for one in (services.values() if isinstance(services, dict) else ())
        if isinstance(one, dict) and isinstance(one.get("extends"), dict) and one["extends"].get("file")
    ]
    found = []
    for entry in [*(entries if isinstance(entries, list) else []), *extended]:
        parts = entry if isinstance(entry, dict) else {"path": entry}
        included, values = _listed(parts.get("path")), _listed(parts.get("env_file"))
        if parts.get("project_directory"):
            values += [os.path.join(one, ".env") for one in _listed(parts["project_directory"])]
        for one in (*included, *values):
            if "$" in one:
                raise BenchmarkError(
                    f"{visible(path)}: include or extends names a file by a variable, so it is not known which one is read"
                )
        found.append((included, values))
    return found


def _listed(value: t.Any) -> list[str]:
    return [str(one) for one in (value if isinstance(value, list) else [value]) if one is not None]


def _require(path: str, root: str, why: str) -> None:
    if not _inside(os.path.realpath(path), os.path.realpath(root)):
        raise BenchmarkError(
            f"{visible(path)} leads out of {visible(root)} ({why}), and what stands there would be in the findings. Name a root"
            " that holds it, or take it away"
        )


def _inside(path: str, root: str) -> bool:
    return os.path.commonpath([os.path.abspath(path), os.path.abspath(root)]) == os.path.abspath(root)
