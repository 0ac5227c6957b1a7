# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody must know who agrees to a change of an option of the daemon, or to the restart for it. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Json, fact, some


def side_effect(key: str, old: t.Any, new: t.Any, posture: Json) -> str | None:
    """What somebody must know who agrees to it."""
    if key == "insecure-registries" and isinstance(old, list) and old:
        return f"images of {some(old)} can then be pulled with a valid certificate only."
    if key == "no-new-privileges" and new is True:
        return "new containers in which sudo or another setuid program must work need no-new-privileges=false."
    if key == "icc" and new is False:
        names = [str(one["name"]) for one in posture.get("containers") or [] if "bridge" in (one.get("networks") or [])]
        if len(names) > 1:
            return f"these containers on the default bridge then reach each other only by published ports or --link: {some(names)}."
    if key == "userland-proxy" and new is False and _publishing(posture):
        return "the host itself then reaches published ports on its IPv4 addresses, but no longer on ::1."
    if key == "default-ulimits":
        return "applies to containers at their next start; a container's own --ulimit wins."
    if key == "authorization-plugins" and new:
        return f"the engine ends where {some(new)} does not answer."
    if key == "tlsverify" and new is True:
        return "clients of the API on TCP are refused without a certificate of this authority."
    if key == "log-driver":
        return "containers keep the log driver with which they were created."
    return None


def _publishing(posture: Json) -> bool:
    return any(one.get("ports") or one.get("publish_all_ports") for one in posture.get("containers") or [])


def live_restore_fails(posture: Json) -> str | None:
    """Return why a restart ends containers that live restore is to keep, or None where there are none or it keeps them."""
    process = fact(posture, "daemon", "process") or {}
    running = [one for one in posture.get("containers") or [] if one.get("state") in ("running", "paused")]
    if not running or not fact(posture, "daemon", "info", "live_restore") or process.get("stop_kills_shims") is False:
        return None
    unit = process.get("unit") or "the service"
    if process.get("stop_kills_shims"):
        return (
            f"systemd ends the shims of containers together with {unit}, so live restore does not keep them: set "
            f"KillMode=process in a drop-in of {unit} (now {process.get('kill_mode')})"
        )
    reason = (posture.get("unread") or {}).get("daemon.process.stop_kills_shims") or "the posture does not say"
    return f"whether systemd ends the shims of containers together with {unit} is not known: {reason}"
