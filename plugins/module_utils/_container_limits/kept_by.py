# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write down what keeps the limits when a container is made anew, which an update does not. Pure."""

from __future__ import annotations

import json
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._container_limits.wanted import UNLIMITED, Wanted
from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Document

# Of each limit the key of a compose file and the option of docker run.
_WORDS = {
    "memory_bytes": ("mem_limit", "--memory"),
    "memory_swap_bytes": ("memswap_limit", "--memory-swap"),
    "memory_reservation_bytes": ("mem_reservation", "--memory-reservation"),
    "cpus": ("cpus", "--cpus"),
    "cpu_shares": ("cpu_shares", "--cpu-shares"),
    "cpuset_cpus": ("cpuset", "--cpuset-cpus"),
    "cpuset_mems": (None, "--cpuset-mems"),
    "pids": ("pids_limit", "--pids-limit"),
    "blkio_weight": ("blkio_config", "--blkio-weight"),
}
_SERVICE = "com.docker.compose.service"


def compose_lines(wanted: Wanted, inspected: Document) -> list[str]:
    """Return the lines for the compose file of the container's service; none for a container that compose did not make."""
    service = ((inspected.get("Config") or {}).get("Labels") or {}).get(_SERVICE)
    if not isinstance(service, str) or not service:
        return []
    lines = ["services:", f"  {json.dumps(service)}:"]
    for name, value in wanted.limits.items():
        key = _WORDS[name][0]
        if key == "blkio_config":
            lines += ["    blkio_config:", f"      weight: {value}"]
        elif key is not None:
            lines.append(f"    {key}: {_written(name, value)}")
    if wanted.restart is not None:
        lines.append(f"    restart: {json.dumps(str(wanted.restart))}")
    return lines


def run_options(wanted: Wanted) -> list[str]:
    """Return the options of docker run with these limits, each with its value as one word."""
    words = [f"{_WORDS[name][1]}={_plain(name, value)}" for name, value in wanted.limits.items()]
    return [*words, *([f"--restart={wanted.restart}"] if wanted.restart is not None else [])]


def _written(name: str, value: t.Any) -> str:
    plain = _plain(name, value)
    return plain if isinstance(value, int) and plain.lstrip("-").isdigit() else json.dumps(plain)


def _plain(name: str, value: t.Any) -> str:
    if not name.endswith("_bytes") or value == UNLIMITED:
        return str(value)
    return next((f"{value // size}{unit}" for unit, size in _SIZES if value % size == 0), str(value))


_SIZES = (("g", 2**30), ("m", 2**20), ("k", 2**10))
