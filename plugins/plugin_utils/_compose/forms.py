# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of a service in one form, from the short and long ones that compose files have. Raises ValueError for others."""

from __future__ import annotations

import posixpath
import re
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.volume_options import volume_paths

Json = dict[str, t.Any]

_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?) *([bkmgt]?)(?:i?b)?", re.IGNORECASE)
_UNITS = {"": 1, "b": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
_PORT = re.compile(
    r"(?:(?P<ip>\[[^]]+\]|[0-9]+(?:\.[0-9]+){3}):)?(?:(?P<host>[0-9]*(?:-[0-9]+)?):)?(?P<inside>[0-9]+(?:-[0-9]+)?)(?:/(?P<protocol>\w+))?"
)
_MOST_PORTS = 1000


def size_of(value: t.Any) -> int | None:
    """Return a size in bytes, or None for none."""
    if value in (None, "", 0, "0"):
        return None
    if isinstance(value, int):
        return value if value > 0 else None
    found = _SIZE.fullmatch(str(value).strip())
    if found is None:
        raise ValueError(f"{value!r} is no size")
    return int(float(found.group(1)) * _UNITS[found.group(2).lower()]) or None


def ports_of(entries: t.Any) -> list[Json]:
    """Return the published ports as a posture has them."""
    found: list[Json] = []
    for entry in entries or []:
        if isinstance(entry, dict):
            host, inside = str(entry.get("published") or ""), str(entry.get("target") or "")
            address, protocol = entry.get("host_ip"), entry.get("protocol")
        else:
            # YAML 1.1 makes one number of 22:22 without quotes, and which ones they were cannot be told.
            parts = _PORT.fullmatch(entry) if isinstance(entry, str) else None
            if parts is None:
                raise ValueError(f"{entry!r} is no port")
            host, inside, address, protocol = (parts.group(name) or "" for name in ("host", "inside", "ip", "protocol"))
        inner, outer = _range(inside), _range(host)
        for place, port in enumerate(inner):
            found.append(
                {
                    "container_port": port,
                    "protocol": str(protocol or "tcp"),
                    "host_ip": str(address).strip("[]") if address else None,
                    **_host_ports(outer, len(inner), place),
                }
            )
    return found


def _host_ports(outer: list[int], wanted: int, place: int) -> Json:
    """Of several ports for one port of the container, it gets the first free one."""
    if len(outer) == wanted:
        return {"host_port": outer[place]}
    return {"host_port": outer[0], "last_host_port": outer[-1]} if outer and wanted == 1 else {"host_port": None}


def _range(text: str) -> list[int]:
    first, _dash, last = text.partition("-")
    if not first:
        return []
    numbers = list(range(int(first), int(last or first) + 1)[:_MOST_PORTS])
    if not numbers:
        raise ValueError(f"{text!r} is no range of ports")
    return numbers


def mounts_of(entries: t.Any, volumes: Json) -> tuple[list[Json], str | None]:
    """Return the mounts as a posture has them, and why there may be more, or None. Where links on a host lead is not known."""
    found: list[Json] = []
    gap = None
    for entry in entries or []:
        if isinstance(entry, dict):
            kind, source, target = (str(entry.get(key) or "") for key in ("type", "source", "target"))
            only, propagation = bool(entry.get("read_only")), (entry.get("bind") or {}).get("propagation")
        else:
            parts = str(entry).split(":")
            source, target = (parts[0], parts[1]) if len(parts) > 1 else ("", parts[0])
            options = parts[2].split(",") if len(parts) > 2 else []
            kind = "bind" if source[:1] in ("/", ".", "~") else "volume"
            only = "ro" in options
            propagation = next(
                (one for one in options if one in ("shared", "rshared", "slave", "rslave", "private")), None
            )
        try:
            paths = [source] if kind == "bind" else _volume_paths(source, volumes) if kind == "volume" else []
        except Unread as reason:
            gap = gap or reason.reason
            continue
        found += [
            {
                "type": kind,
                "bound": bool(paths),
                "name": source if kind == "volume" else None,
                "driver": None,
                "source": path,
                "real_source": path,
                "destination": target,
                "below": None,
                "asked": True,
                "read_only": only,
                "propagation": str(propagation or ("rprivate" if kind == "bind" else "")),
                "engine_socket": False,
            }
            for path in paths or [source]
        ]
    return found, gap


def _volume_paths(name: str, volumes: Json) -> list[str]:
    """Return the paths of a host that a volume shows. Raises Unread."""
    volume = volumes.get(name) or {}
    if volume.get("external"):
        raise Unread(f"the volume {name[:64]} is external: what it shows was decided where it was made")
    if volume.get("driver") not in (None, "", "local"):
        return []
    return volume_paths({str(key): str(value) for key, value in (volume.get("driver_opts") or {}).items()})


def devices_of(entries: t.Any) -> list[Json]:
    found = []
    for entry in entries or []:
        if isinstance(entry, dict):
            host, inside, rights = (str(entry.get(key) or "") for key in ("source", "target", "permissions"))
        else:
            host, inside, rights = [*str(entry).split(":"), "", ""][:3]
        # A policy allows devices by their names.
        found.append({"host": posixpath.normpath(host), "container": inside or host, "permissions": rights or "rwm"})
    return found


def names_of(entries: t.Any) -> list[str]:
    """Return the names of variables or labels, from a list of ``NAME=value`` or a mapping."""
    return sorted({str(one).partition("=")[0] for one in entries or []})
