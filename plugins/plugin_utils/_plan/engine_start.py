# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the engine is started: by which service manager, and which of its options are flags. Pure."""

from __future__ import annotations

from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Json, fact

# The service managers with which an engine can be restarted, and gone back.
_MANAGERS = ("systemd", "sysvinit", "openrc")
# The kinds of origin that mean a flag of the running daemon.
_FLAGS = ("flag", "systemd_unit", "systemd_dropin", "socket_unit", "environment_file")


def why_not_restarted(posture: Json) -> str | None:
    """Why the collection cannot restart this engine, None if it can."""
    manager = fact(posture, "daemon", "process", "manager")
    if manager in _MANAGERS:
        return None
    if manager is None:
        runs = "which service manager runs the engine is not known"
    elif manager == "none":
        runs = "no service manager runs the engine"
    else:
        runs = "the engine is rootless" if manager == "rootless" else f"the engine is run by {manager}"
    return f"{runs}, and only {', '.join(_MANAGERS[:-1])} and {_MANAGERS[-1]} can restart it here"


def is_flag(origin: Json | None) -> bool:
    return origin is not None and origin.get("kind") in _FLAGS


def flag_origin(key: str, daemon: Json) -> Json | None:
    """The origin of the option where it is a flag, also of one that runs with another value."""
    origins = [fact(daemon, "options", key, "origin")]
    origins += [entry.get("origin") for entry in daemon.get("differences") or [] if entry["option"] == key]
    return next((one for one in origins if is_flag(one)), None)
