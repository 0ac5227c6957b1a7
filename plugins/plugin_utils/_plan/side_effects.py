# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody must know who agrees to a change of an option of the daemon, or to the restart for it. Pure."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.keys import version_of
from ansible_collections.seawall.docker.plugins.module_utils._engine.references import registry_of
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.addresses import is_this_host, split_address
from ansible_collections.seawall.docker.plugins.plugin_utils._plan.model import Json, fact, some

# From this version on, loopback is among the insecure registries only if the option is not set at all.
_LOOPBACK_BY_DEFAULT_ONLY = (29, 10)


def side_effect(key: str, old: t.Any, new: t.Any, posture: Json) -> str | None:
    """What somebody must know who agrees to it."""
    if key == "insecure-registries":
        return _registries(old, new, posture)
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
        return f"Docker ends if one of these plugins does not answer: {some(new)}."
    if key == "tlsverify" and new is True:
        return "clients of the API on TCP are refused without a certificate of this authority."
    if key == "log-driver":
        return "containers keep the log driver with which they were created."
    return None


def _registries(old: t.Any, new: t.Any, posture: Json) -> str | None:
    notes = []
    if isinstance(old, list) and old:
        notes.append(f"images of {some(old)} can then be pulled with a valid certificate only.")
    version = version_of(fact(posture, "daemon", "versions", "engine"))
    local = _images_of_this_host(posture)
    if posture.get("images") is None or posture.get("containers") is None:
        local.append("not all images are known")
    if isinstance(new, list) and local and (version is None or version >= _LOOPBACK_BY_DEFAULT_ONLY):
        notes.append(
            "from Engine 29.10.0 on, registries on loopback need a valid certificate too as soon as this option is set, "
            f"even to an empty list: {some(local)}."
        )
    return " ".join(notes) or None


def _images_of_this_host(posture: Json) -> list[str]:
    """Return the references of containers and images whose registry is on this host."""
    names = {str(one.get("image") or "") for one in posture.get("containers") or []}
    for image in posture.get("images") or []:
        names.update(str(tag) for tag in image.get("tags") or [])
    found = []
    for name in sorted(names - {""}):
        parts = split_address(registry_of(name))
        if parts is not None and is_this_host(parts.hostname):
            found.append(name)
    return found


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


def left_by_the_engine(posture: Json) -> str | None:
    """Return what the start of an engine that has ended makes of containers that still run, or None where none does."""
    unread = (posture.get("unread") or {}).get("daemon.process.left_containers")
    if unread is not None:
        return f"Whether containers run on without it is not known: {unread}. Its start may end them."
    left = fact(posture, "daemon", "process", "left_containers") or {}
    count = len(left.get("ids") or [])
    if not count:
        return None
    who = f"{count} {'container runs' if count == 1 else 'containers run'} on without it, and its start"
    if left.get("live_restore") is True:
        return f"{who} takes {'it' if count == 1 else 'them'} over, since live restore is on."
    known = "off" if left.get("live_restore") is False else "not known to be on"
    return (
        f"{who} ends those that have no restart policy and starts the others again, since live restore is {known}. "
        "To keep all of them, set live-restore to true in daemon.json before."
    )
