# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ports that a container publishes on the host."""

from __future__ import annotations

import re

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Document

_PORT = re.compile(r"[0-9]{1,5}")


def is_running(state: Document) -> bool:
    """Return whether the container has a process. While the engine waits to restart a container, it reports it as running,
    but without process and ports. Then the configured ports are used."""
    return bool(state.get("Running")) and not state.get("Restarting")


def published_ports(inspected: Document) -> list[Document]:
    """Return the ports published on the host: the real bindings of a running container, else those that it would get.

    ``host_ip`` is ``0.0.0.0`` where the engine holds none (all addresses); ``host_port`` None means one at random.
    """
    if is_running(inspected.get("State") or {}):
        bindings = (inspected.get("NetworkSettings") or {}).get("Ports")
    else:
        bindings = (inspected.get("HostConfig") or {}).get("PortBindings")
    ports = []
    for container_port, targets in (bindings or {}).items():
        number, _slash, protocol = str(container_port).partition("/")
        for target in targets or []:
            host_port = str(target.get("HostPort") or "")
            ports.append(
                {
                    "container_port": int(number) if _PORT.fullmatch(number) else None,
                    "protocol": protocol or "tcp",
                    "host_ip": target.get("HostIp") or "0.0.0.0",
                    "host_port": int(host_port) if _PORT.fullmatch(host_port) and host_port != "0" else None,
                }
            )
    return sorted(
        ports, key=lambda port: (port["container_port"] or 0, port["protocol"], port["host_ip"], port["host_port"] or 0)
    )
