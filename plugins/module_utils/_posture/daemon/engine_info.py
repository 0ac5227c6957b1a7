# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine reports about itself: versions, ``/info`` in normal form, and the option values that the API shows.

A field that the answer lacks is a gap, never a default: "not said" must not read as "off".
"""

from __future__ import annotations

import datetime
import functools
import ipaddress
import re
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context, Document
from ansible_collections.seawall.docker.plugins.module_utils._daemon.keys import version_of
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import EngineError, version_key
from ansible_collections.seawall.docker.plugins.module_utils._host.moments import utc_text
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Facts, Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.packet_filter.collect import between_containers

_MISSING = object()
_REMAPPED = re.compile(r"\d{1,10}\.\d{1,10}")


def engine_version(context: Context) -> tuple[int, int] | None:
    """Return the major and minor version of the engine. None if it is not known."""
    try:
        return version_of(str(context.version().get("Version")))
    except Unread:
        return None


def version_facts(context: Context) -> Document:
    """``versions`` of the posture, with ``unread`` beside. Raises Unread where the engine does not answer."""
    answer = context.version()
    facts = Facts()
    for key, field in (("engine", "Version"), ("api", "ApiVersion"), ("minimum_api", "MinAPIVersion")):
        facts.take(key, functools.partial(_text, answer, field, "/version"))
    components: dict[str, str] = {}
    for component in answer.get("Components") or []:
        if isinstance(component, dict) and isinstance(component.get("Name"), str):
            components[component["Name"]] = str(component.get("Version") or "")
    facts.values["components"] = components
    # The entry of the runtime carries the name of the default runtime, so that runc can be missing from the list.
    for key, name in (("containerd", "containerd"), ("runc", "runc"), ("init", "docker-init")):
        if components.get(name):
            facts.values[key] = components[name]
        else:
            facts.miss(key, f"the engine names no version of {name}")
    return facts.document()


def info_facts(context: Context) -> Document:
    """``info`` of the posture, with ``unread`` beside. Raises Unread where the engine does not answer."""
    info = context.info()
    facts = Facts()
    for key, field, kind in (
        ("driver", "Driver", str),
        ("data_root", "DockerRootDir", str),
        ("cgroup_driver", "CgroupDriver", str),
        ("logging_driver", "LoggingDriver", str),
        ("live_restore", "LiveRestoreEnabled", bool),
        ("default_runtime", "DefaultRuntime", str),
        ("experimental", "ExperimentalBuild", bool),
        ("debug", "Debug", bool),
        ("operating_system", "OperatingSystem", str),
        ("kernel", "KernelVersion", str),
        ("architecture", "Architecture", str),
        ("name", "Name", str),
        ("images", "Images", int),
        ("memory_bytes", "MemTotal", int),
        ("cpus", "NCPU", int),
    ):
        facts.take(key, functools.partial(_field, info, field, kind))
    facts.take("system_time", lambda: _moment(info, "SystemTime"))
    facts.take("driver_status", lambda: dict(_driver_status(info)))
    facts.take("image_store", lambda: image_store(info))
    facts.take("cgroup_version", lambda: _cgroup_version(info, context))
    security = facts.take("security_options", lambda: security_options(info, engine_version(context)))
    if security is not None and "no_new_privileges" not in security:
        facts.miss("security_options.no_new_privileges", "the engine shows it from version 24.0 on")
    facts.take("swarm", lambda: _swarm(info))
    facts.take("insecure_registries", lambda: [{"registry": name} for name in insecure_registries(info)])
    facts.take("registry_mirrors", lambda: _strings(_field(info, "RegistryConfig", dict), "Mirrors"))
    facts.take("authorization_plugins", lambda: _strings(_field(info, "Plugins", dict), "Authorization"))
    facts.take("runtimes", lambda: sorted(_field(info, "Runtimes", dict)))
    facts.take("warnings", lambda: _strings(info, "Warnings"))
    facts.take(
        "containers",
        lambda: {
            name: _field(info, field, int)
            for name, field in (
                ("total", "Containers"),
                ("running", "ContainersRunning"),
                ("paused", "ContainersPaused"),
                ("stopped", "ContainersStopped"),
            )
        },
    )
    facts.take("limits_supported", lambda: _limits(info))
    return facts.document()


def configured_data_root(info: Document) -> str:
    """Return the data root without the directory ``UID.GID`` that an engine with user namespaces uses in it. Only the
    engine itself says whether it does: any directory may be called so. Raises Unread."""
    path = _text(info, "DockerRootDir", "/info")
    parent, _slash, name = path.rstrip("/").rpartition("/")
    if parent and _REMAPPED.fullmatch(name) and security_options(info, None)["userns"]:
        return parent
    return path


def security_options(info: Document, version: tuple[int, int] | None) -> Document:
    """The security options as switches. ``seccomp`` is the profile, None where the kernel or the build has none."""
    found: dict[str, str] = {}
    for entry in _strings(info, "SecurityOptions"):
        name, _comma, rest = entry.partition(",")
        found[name.split("=", 1)[-1]] = rest.split("profile=", 1)[-1] if "profile=" in rest else ""
    result: Document = {
        "apparmor": "apparmor" in found,
        "selinux": "selinux" in found,
        "seccomp": (found["seccomp"] or "default") if "seccomp" in found else None,
        "userns": "userns" in found,
        "rootless": "rootless" in found,
        "cgroupns": "cgroupns" in found,
    }
    if "no-new-privileges" in found or (version is not None and version >= (24, 0)):
        result["no_new_privileges"] = "no-new-privileges" in found
    return result


def insecure_registries(info: Document) -> list[str]:
    """Registries and networks that are trusted without TLS, sorted; loopback, which always is, left out."""
    config = _field(info, "RegistryConfig", dict)
    networks = _strings(config, "InsecureRegistryCIDRs")
    indexes = _field(config, "IndexConfigs", dict, "RegistryConfig.IndexConfigs")
    for index in indexes.values():
        if not isinstance(index, dict) or not isinstance(index.get("Secure"), bool):
            raise _absent("RegistryConfig.IndexConfigs[].Secure")
    names = [str(name) for name, index in indexes.items() if not index["Secure"]]
    return sorted(name for name in networks + names if not is_loopback(name))


def is_loopback(registry: str) -> bool:
    """Whether a registry, as ``host``, ``host:port`` or a network, can only be on this host."""
    host = registry
    bracketed = re.fullmatch(r"\[(.+)\](:\d+)?", registry)
    if bracketed:
        host = bracketed.group(1)
    elif registry.count(":") == 1:
        host = registry.split(":")[0]
    try:
        return ipaddress.ip_network(host, strict=False).is_loopback
    except ValueError:
        return host == "localhost"


def default_bridge(context: Context) -> Document:
    """Return the state of the network ``bridge`` from the running engine, not from its configuration, and with icc off
    ``filter``, which says whether the kernel keeps containers apart."""
    network = bridge_network(context)
    if network is None:
        return {"present": False, "icc": None}
    icc = (network.get("Options") or {}).get("com.docker.network.bridge.enable_icc")
    if icc not in ("true", "false"):
        raise Unread("the engine does not say whether containers on the default bridge reach each other")
    facts = Facts(present=True, icc=icc == "true")
    if icc == "false":
        try:
            facts.values["filter"] = between_containers(context, network)
        except Unread as gap:
            facts.miss(
                "filter", f"containers were asked to be kept apart, and whether they are is not known: {gap.reason}"
            )
    return facts.document()


def bridge_network(context: Context) -> Document | None:
    """Return the description of the default bridge. None if there is none."""

    def read() -> Document | None:
        try:
            answer = context.engine.get("/networks/bridge")
        except EngineError as error:
            if error.kind == "absent":
                return None
            raise
        if not isinstance(answer, dict):
            raise EngineError("the engine's answer to /networks/bridge is not an object", "protocol")
        return answer

    return context.once("default_bridge", read)


def _absent(field: str) -> Unread:
    return Unread(f"the engine's answer to /info lacks {field}")


def _field(document: Document, field: str, kind: type, path: str = "") -> t.Any:
    value = document.get(field, _MISSING)
    # True is an int to Python, but not an answer to "how many".
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise _absent(path or field)
    return value


def _text(document: Document, field: str, path: str) -> str:
    value = document.get(field)
    if not isinstance(value, str) or not value:
        raise Unread(f"the engine's answer to {path} lacks {field}")
    return value


def _moment(document: Document, field: str) -> str:
    """A time of the engine in UTC, to the second."""
    found = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)", _field(document, field, str))
    if found is None:
        raise _absent(field)
    try:
        moment = datetime.datetime.strptime("".join(found.groups()), "%Y-%m-%dT%H:%M:%S%z")
        return utc_text(moment)
    except (OverflowError, ValueError):
        raise _absent(field) from None


def _strings(document: Document, field: str) -> list[str]:
    """A list of strings; null is an empty list, a missing field is not."""
    value = document.get(field, _MISSING)
    if value is None:
        return []
    if not isinstance(value, list):
        raise _absent(field)
    return [str(item) for item in value]


def _driver_status(info: Document) -> t.Iterator[tuple[str, str]]:
    for pair in _field(info, "DriverStatus", list):
        if isinstance(pair, list) and len(pair) == 2:
            yield str(pair[0]), str(pair[1])


def image_store(info: Document) -> str:
    """Return who keeps the images: ``containerd``, or the engine itself (``graphdriver``). Raises Unread."""
    kind = dict(_driver_status(info)).get("driver-type", "")
    return "containerd" if kind.startswith("io.containerd.snapshotter") else "graphdriver"


def _cgroup_version(info: Document, context: Context) -> int:
    value = info.get("CgroupVersion")
    if value in ("1", "2"):
        return int(value)
    # Engines before API 1.41 know version 1 only and do not say so.
    if version_key(context.engine.api_version or "1.41") < (1, 41):
        return 1
    raise _absent("CgroupVersion")


def _swarm(info: Document) -> Document:
    swarm = _field(info, "Swarm", dict)
    return {
        "state": _field(swarm, "LocalNodeState", str, "Swarm.LocalNodeState") or "inactive",
        "manager": _field(swarm, "ControlAvailable", bool, "Swarm.ControlAvailable"),
    }


def _limits(info: Document) -> Document:
    return {
        "memory": _field(info, "MemoryLimit", bool),
        "swap": _field(info, "SwapLimit", bool),
        "cpu_cfs": _field(info, "CpuCfsPeriod", bool) and _field(info, "CpuCfsQuota", bool),
        "cpu_shares": _field(info, "CPUShares", bool),
        "cpuset": _field(info, "CPUSet", bool),
        "pids": _field(info, "PidsLimit", bool),
    }
