# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The file of systemd in which this collection writes what all containers of a slice together may use. Pure."""

from __future__ import annotations

import re

_SLICE = r"[A-Za-z0-9_-]{1,255}\.slice"
_PATH = "/etc/systemd/system/{}.d/50-seawall.conf"
# What is written into it.
SETTINGS = ("MemoryMax", "CPUQuota", "TasksMax")

# What tells whether systemd has read it: a file that was put back can have the time of before.
SHOWN = ("NeedDaemonReload", "MemoryMax", "TasksMax")
# systemd rounds to the size of a page.
_PAGE = 65536


def path_of(name: str) -> str | None:
    """Return the file for the slice, None for what is no slice."""
    return _PATH.format(name) if re.fullmatch(_SLICE, name) else None


def is_one(path: str) -> bool:
    """Return whether the path is such a file of some slice."""
    return re.fullmatch(re.escape(_PATH).replace(r"\{\}", _SLICE), path) is not None


def settings_in(text: str) -> dict[str, str]:
    """Return what such a file sets."""
    lines = (line.partition("=") for line in text.splitlines())
    pairs = {key.strip(): value.strip() for key, sign, value in lines if sign}
    return {key: pairs[key] for key in SETTINGS if key in pairs}


def is_loaded(settings: dict[str, str], shown: dict[str, str]) -> bool | None:
    """Return whether what systemd shows of the slice is what the file sets. None if it does not say."""
    known = {"no": True, "yes": False}.get(shown.get("NeedDaemonReload", ""))
    if not known:
        return known
    return all(_agree(settings[key], shown.get(key, "")) for key in ("MemoryMax", "TasksMax") if key in settings)


def _agree(wanted: str, shown: str) -> bool:
    if wanted.isdigit() and shown.isdigit():
        return wanted == shown or 0 <= int(wanted) - int(shown) < min(_PAGE, int(wanted) // 100)
    return wanted == shown
