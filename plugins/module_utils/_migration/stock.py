# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What may leave a host of its containers, volumes and networks, from what the engine says of each. Pure.

Values that may be secrets stay on the host: of variables, labels and options only the names are taken (but the values by which
compose finds a project again), of commands nothing.
What the engine did not say, or said in a form that makes no sense, is absent, and ``unread`` names it.
"""

from __future__ import annotations

import typing as t

Document = t.Dict[str, t.Any]
_COMPOSE = "com.docker.compose."
# Labels by which compose finds the project of a container again. Their values are names and paths.
_COMPOSE_LABELS = ("project", "service", "project.working_dir", "project.config_files")
_MISSING = object()


class _Taken:
    def __init__(self, said: Document) -> None:
        self.said = said
        self.stock: Document = {}
        self.unread: t.Dict[str, str] = {}

    def take(self, name: str, path: str, kind: type, made: t.Callable[[t.Any], t.Any] = lambda value: value) -> None:
        """Take what stands at the path. Null is an empty dictionary or list to the engine, and nothing else is."""
        value: t.Any = self.said
        for key in path.split("."):
            value = value.get(key, _MISSING) if isinstance(value, dict) else _MISSING
        if value is None and kind in (dict, list):
            value = kind()
        # A truth value is a number to Python.
        if value is _MISSING or not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.unread[name] = f"the engine says no {path}" if value is _MISSING else f"{path} is of a wrong type"
            return
        try:
            self.stock[name] = made(value)
        except (AttributeError, TypeError):
            self.unread[name] = f"{path} holds what makes no sense"

    def document(self) -> Document:
        return {**self.stock, "unread": self.unread}


def container(inspected: Document) -> Document:
    """Return what is known of a container, from ``GET /containers/ID/json``."""
    taken = _Taken(inspected)
    taken.take("id", "Id", str)
    taken.take("name", "Name", str, lambda name: name[1:] if name.startswith("/") else name)
    taken.take("image", "Config.Image", str)
    taken.take("image_id", "Image", str)
    taken.take("state", "State.Status", str)
    taken.take("user", "Config.User", str)
    taken.take("env_names", "Config.Env", list, _names)
    taken.take("label_names", "Config.Labels", dict, sorted)
    taken.take("compose", "Config.Labels", dict, _compose)
    taken.take("restart_policy", "HostConfig.RestartPolicy.Name", str, lambda name: name or "no")
    taken.take("auto_remove", "HostConfig.AutoRemove", bool)
    taken.take("privileged", "HostConfig.Privileged", bool)
    taken.take("namespaces", "HostConfig", dict, _namespaces)
    taken.take("ports", "HostConfig.PortBindings", dict, _ports)
    taken.take("mounts", "Mounts", list, _mounts)
    taken.take("networks", "NetworkSettings.Networks", dict, _attachments)
    return taken.document()


def volume(inspected: Document) -> Document:
    """Return what is known of a volume, from ``GET /volumes/NAME``. Options of a driver may hold a password of a share."""
    taken = _Taken(inspected)
    taken.take("name", "Name", str)
    taken.take("driver", "Driver", str)
    taken.take("path", "Mountpoint", str)
    taken.take("option_names", "Options", dict, sorted)
    taken.take("label_names", "Labels", dict, sorted)
    return taken.document()


def network(inspected: Document) -> Document:
    """Return what is known of a network, from ``GET /networks/ID``."""
    taken = _Taken(inspected)
    taken.take("id", "Id", str)
    taken.take("name", "Name", str)
    taken.take("driver", "Driver", str)
    taken.take("internal", "Internal", bool)
    taken.take("ipv6", "EnableIPv6", bool)
    taken.take("subnets", "IPAM.Config", list, _subnets)
    taken.take("option_names", "Options", dict, sorted)
    taken.take("label_names", "Labels", dict, sorted)
    return taken.document()


def _names(variables: t.List[str]) -> t.List[str]:
    return sorted({one.partition("=")[0] for one in variables})


def _compose(labels: Document) -> t.Optional[Document]:
    """Return what compose says of a container, None where it did not make it."""
    if f"{_COMPOSE}project" not in labels:
        return None
    return {key.rpartition(".")[2]: labels.get(f"{_COMPOSE}{key}") for key in _COMPOSE_LABELS}


def _namespaces(config: Document) -> Document:
    return {
        name: config[key]
        for name, key in (("user", "UsernsMode"), ("network", "NetworkMode"), ("pid", "PidMode"), ("ipc", "IpcMode"))
        if isinstance(config.get(key), str)
    }


def _ports(bindings: Document) -> t.List[Document]:
    return [
        {"container": port, "host_ip": one.get("HostIp") or "", "host_port": one.get("HostPort") or ""}
        for port, ways in sorted(bindings.items())
        for one in ways or []
    ]


def _mounts(mounts: t.List[Document]) -> t.List[Document]:
    return [
        {
            "type": one.get("Type"),
            "name": one.get("Name"),
            "source": one.get("Source"),
            "destination": one.get("Destination"),
            "read_only": one.get("RW") is False,
        }
        for one in mounts
    ]


def _attachments(networks: Document) -> Document:
    """Return the networks of a container. Wanted addresses were asked for, and must be the same afterwards."""
    return {
        name: {
            "aliases": sorted(one.get("Aliases") or []),
            "address": one.get("IPAddress") or None,
            "address_ipv6": one.get("GlobalIPv6Address") or None,
            "wanted_address": (one.get("IPAMConfig") or {}).get("IPv4Address") or None,
            "wanted_address_ipv6": (one.get("IPAMConfig") or {}).get("IPv6Address") or None,
        }
        for name, one in networks.items()
    }


def _subnets(configs: t.List[Document]) -> t.List[Document]:
    return [{"subnet": one.get("Subnet"), "gateway": one.get("Gateway")} for one in configs]
