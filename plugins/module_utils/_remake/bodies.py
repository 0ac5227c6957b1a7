# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is sent to the engine to make a network, a volume or a container again as it was. Pure.

Taken is what the engine said of each, as it stands. Left out is what the engine generated: ids, and names and addresses
that come from them.
"""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._remake.start_order import name_of

Document = t.Dict[str, t.Any]
BRIDGE_NAME = "com.docker.network.bridge.name"
_NETWORK_KEYS = (
    "Name",
    "Driver",
    "EnableIPv4",
    "EnableIPv6",
    "Internal",
    "Attachable",
    "Labels",
    "ConfigFrom",
    "ConfigOnly",
)
_SHARED = ("NetworkMode", "PidMode", "IpcMode")
# What a container that shares the network of another one may not be given.
_NOT_WITH_SHARED_NETWORK = ("Hostname", "Domainname", "ExposedPorts", "MacAddress")


class Renamed(t.NamedTuple):
    """What was made so far, by the ids that it had: the new ids of containers, and the names of networks."""

    containers: t.Dict[str, str]
    networks: t.Dict[str, str]


def network_body(inspected: Document) -> Document:
    body = {key: inspected[key] for key in _NETWORK_KEYS if inspected.get(key) is not None}
    if not (inspected.get("ConfigFrom") or {}).get("Network"):
        body.pop("ConfigFrom", None)
    options = dict(inspected.get("Options") or {})
    if inspected.get("Driver") == "bridge":
        # The bridge of the engine before stays in the kernel, with its address. Another one beside it would get none of
        # the packets, and rules of the host that name it go on to hold.
        options.setdefault(BRIDGE_NAME, f"br-{inspected['Id'][:12]}")
    ipam = inspected.get("IPAM") or {}
    configs = [{key: value for key, value in one.items() if value} for one in ipam.get("Config") or []]
    body["IPAM"] = {"Driver": ipam.get("Driver") or "default", "Options": ipam.get("Options") or {}, "Config": configs}
    return {**body, "Options": options, "CheckDuplicate": True}


def volume_body(inspected: Document) -> Document:
    return {
        "Name": inspected["Name"],
        "Driver": inspected.get("Driver") or "local",
        "DriverOpts": inspected.get("Options") or {},
        "Labels": inspected.get("Labels") or {},
    }


def container_body(entry: Document, image: Document, renamed: Renamed, host_name: str) -> Document:
    """Return the body for one recorded container. ``image`` is what was recorded of its image."""
    inspected = entry["inspect"]
    config = _config(inspected, image, host_name)
    host_config = _host_config(entry, renamed)
    endpoints = attachments(inspected, renamed)
    first = main_network(inspected, renamed)
    networking = {first: endpoints[first]} if first in endpoints else {}
    return {**config, "HostConfig": host_config, "NetworkingConfig": {"EndpointsConfig": networking}}


def main_network(inspected: Document, renamed: Renamed) -> str:
    mode = str(inspected["HostConfig"].get("NetworkMode") or "default")
    return renamed.networks.get(mode, "bridge" if mode == "default" else mode)


def attachments(inspected: Document, renamed: Renamed) -> t.Dict[str, Document]:
    """Return the settings of each network, by the name of the network, as they were asked for."""
    if str(inspected["HostConfig"].get("NetworkMode")).startswith("container:"):
        return {}
    generated = {inspected["Id"][:12]}
    result = {}
    for name, said in (inspected["NetworkSettings"].get("Networks") or {}).items():
        aliases = [one for one in said.get("Aliases") or [] if one not in generated]
        body = {key: said[key] for key in ("IPAMConfig", "Links", "DriverOpts", "GwPriority") if said.get(key)}
        result[renamed.networks.get(str(said.get("NetworkID")), name)] = {
            **body,
            **({"Aliases": aliases} if aliases else {}),
        }
    return result


def _config(inspected: Document, image: Document, host_name: str) -> Document:
    config = dict(inspected["Config"])
    mode = str(inspected["HostConfig"].get("NetworkMode"))
    if config.get("Hostname") in (inspected["Id"][:12], host_name):
        del config["Hostname"]
    if mode.startswith("container:"):
        for key in _NOT_WITH_SHARED_NETWORK:
            config.pop(key, None)
    config.pop("OnBuild", None)
    if not config.get("Entrypoint") and image.get("entrypoint"):
        # It was started without the entry point of its image. Only an empty word says so.
        config["Entrypoint"] = [""]
    if config.get("Image") not in image.get("tags", ()):
        # Its name means another image by now, or none.
        config["Image"] = image["id"]
    return config


def _host_config(entry: Document, renamed: Renamed) -> Document:
    inspected = entry["inspect"]
    config = dict(inspected["HostConfig"])
    for key in _SHARED:
        kind, _colon, other = str(config.get(key) or "").partition(":")
        if kind == "container":
            config[key] = f"container:{renamed.containers.get(other, other)}"
    config["NetworkMode"] = renamed.networks.get(str(config.get("NetworkMode")), config.get("NetworkMode"))
    if config.get("VolumesFrom"):
        config["VolumesFrom"] = [_volumes_from(one, renamed) for one in config["VolumesFrom"]]
    if entry.get("outside"):
        config["UsernsMode"] = "host"
    return _with_anonymous_volumes(inspected, config)


def _volumes_from(text: str, renamed: Renamed) -> str:
    other, colon, mode = text.partition(":")
    return f"{renamed.containers.get(other, other)}{colon}{mode}"


def _with_anonymous_volumes(inspected: Document, config: Document) -> Document:
    """Name the volumes that the engine had named itself, so that the container gets the same ones."""
    named = {str(bind).split(":")[1].rstrip("/") for bind in config.get("Binds") or [] if ":" in str(bind)}
    volumes = {
        one["Destination"]: one
        for one in inspected.get("Mounts") or []
        if one.get("Type") == "volume" and one.get("Name")
    }
    mounts = []
    for mount in config.get("Mounts") or []:
        target = mount.get("Target")
        if mount.get("Type") == "volume" and not mount.get("Source") and target in volumes:
            mount = {**mount, "Source": volumes[target]["Name"]}
        named.add(target)
        mounts.append(mount)
    binds = list(config.get("Binds") or [])
    # What comes from another container comes from it again.
    own = set(inspected["Config"].get("Volumes") or {}) if config.get("VolumesFrom") else set(volumes)
    for destination, one in sorted(volumes.items()):
        if destination not in named and destination in own:
            binds.append(_bind(one))
    if mounts:
        config["Mounts"] = mounts
    return {**config, "Binds": binds or None}


def _bind(mount: Document) -> str:
    modes = [one for one in str(mount.get("Mode") or "").split(",") if one]
    if mount.get("RW") is False and "ro" not in modes:
        modes.append("ro")
    return ":".join([mount["Name"], mount["Destination"], *([",".join(modes)] if modes else [])])


def recorded_name(entry: Document) -> str:
    return name_of(entry["inspect"])
