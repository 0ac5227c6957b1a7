# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which version of the collection writes a report."""

from __future__ import annotations

import functools
from pathlib import Path

import yaml

from ansible_collections.seawall.docker.plugins.plugin_utils import _reading

TOOL = "seawall.docker"
_COLLECTION = Path(__file__).resolve().parents[4]
_MAX_BYTES = 100_000


@functools.cache
def version(collection: Path = _COLLECTION) -> str:
    """Return the version of this collection, such as ``0.1.0``: of the installed one, or of its sources. ``unknown`` if
    neither says it."""
    try:
        manifest = _reading.json_of(collection / "MANIFEST.json")
        found = manifest["collection_info"]["version"]
    except (_reading.Unreadable, LookupError, TypeError):
        try:
            found = yaml.safe_load(_reading.text_of(collection / "galaxy.yml", _MAX_BYTES))["version"]
        except (_reading.Unreadable, yaml.YAMLError, LookupError, TypeError):
            found = None
    return found if isinstance(found, str) and found else "unknown"
