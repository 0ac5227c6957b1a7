# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collect containers, running and stopped: the configuration of each, and the rights that its process really has.

Values of environments, labels, commands and arguments may be secrets. Only names are read.
"""

from __future__ import annotations

import posixpath
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._cgroup.first_process import (
    LeftControlGroups,
    first_process,
    left_control_groups,
    require_still_its_own,
)
from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import (
    Context,
    Document,
    Undescribed,
    container_name,
)
from ansible_collections.seawall.docker.plugins.module_utils._engine.references import full_reference, names_id
from ansible_collections.seawall.docker.plugins.module_utils._host.process import (
    namespaces_of,
    process_facts,
    process_status,
)
from ansible_collections.seawall.docker.plugins.module_utils._host.secrets import mask_string
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Facts, Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.container_ports import (
    default_binding,
    is_running,
    published_ports,
)
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.host_places import root_read_only
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.mounts import mounts_of
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.options import (
    capability_names,
    has_health_check,
    security_options,
)
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.processes import processes_of
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.rights import may_mount
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.secret_suspects import secret_suspects
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.started_with import started_with


def collect(context: Context) -> list[Document]:
    """Return every container in normal form, in the order of names. Raises Unread if they cannot be listed."""
    found = [container_facts(context, inspected) for inspected in context.containers()]
    found += [undescribed_facts(one, (*_FACTS, *_STATE)) for one in context.undescribed()]
    return sorted(found, key=lambda container: (container["name"], container["id"]))


# All facts of a container besides its id and name.
_STATE = ("state", "running", "pid")
_FACTS = (
    "image",
    "image_reference",
    "image_id",
    "started_at",
    "exit_code",
    "restart_count",
    "user",
    "privileged",
    "capabilities",
    "security_options",
    "apparmor_profile",
    "process_label",
    "namespaces",
    "readonly_rootfs",
    "ports",
    "publish_all_ports",
    "default_binding",
    "devices",
    "device_requests",
    "device_cgroup_rules",
    "ulimits",
    "restart_policy",
    "auto_remove",
    "log_driver",
    "log_addresses",
    "health",
    "cgroup_parent",
    "runtime",
    "init",
    "networks",
    "environment_names",
    "label_names",
    "swarm_task",
    "secret_suspects",
    "mounts",
    "joined_namespaces",
    "left_control_groups",
    "process",
    "started_with",
    "processes",
)


def undescribed_facts(container: Undescribed, keys: t.Iterable[str]) -> Document:
    """Return a container of which only id and name are known. Every fact is unread, with the reason."""
    facts = Facts(id=container.id, name=container.name)
    for key in keys:
        facts.miss(key, container.reason)
    return facts.document()


def identity(inspected: Document) -> Document:
    """Return what identifies a container in every section: ``id``, ``name``, ``state``, ``running`` and ``pid`` (of the
    host)."""
    state = inspected.get("State") or {}
    running = is_running(state)
    return {
        "id": str(inspected.get("Id") or ""),
        "name": container_name(inspected),
        "state": str(state.get("Status") or "unknown"),
        "running": running,
        "pid": state.get("Pid") if running and state.get("Pid") else None,
    }


def container_facts(context: Context, inspected: Document) -> Document:
    """Return one container in normal form. If it has no process, the facts about its process are missing, with the
    reason."""
    config = inspected.get("Config") or {}
    host_config = inspected.get("HostConfig") or {}
    state = inspected.get("State") or {}
    facts = Facts(**identity(inspected))
    facts.values.update(
        image=str(config.get("Image") or ""),
        image_reference=_reference(inspected),
        image_id=str(inspected.get("Image") or ""),
        started_at=state.get("StartedAt"),
        exit_code=state.get("ExitCode"),
        restart_count=inspected.get("RestartCount"),
        user=str(config.get("User") or ""),
        **_rights(host_config),
        apparmor_profile=str(inspected.get("AppArmorProfile") or ""),
        process_label=str(inspected.get("ProcessLabel") or ""),
        namespaces=_namespaces(host_config),
        readonly_rootfs=bool(host_config.get("ReadonlyRootfs")),
        ports=published_ports(inspected),
        publish_all_ports=bool(host_config.get("PublishAllPorts")),
        devices=[
            {
                # A policy allows devices by their names.
                "host": posixpath.normpath(device["PathOnHost"]) if device.get("PathOnHost") else "",
                "container": device.get("PathInContainer") or "",
                "permissions": device.get("CgroupPermissions") or "",
            }
            for device in host_config.get("Devices") or []
        ],
        device_requests=[
            {
                "driver": request.get("Driver") or "",
                "count": request.get("Count"),
                "ids": request.get("DeviceIDs") or [],
            }
            for request in host_config.get("DeviceRequests") or []
        ],
        device_cgroup_rules=list(host_config.get("DeviceCgroupRules") or []),
        ulimits=[
            {"name": limit.get("Name") or "", "soft": limit.get("Soft"), "hard": limit.get("Hard")}
            for limit in host_config.get("Ulimits") or []
        ],
        restart_policy={
            "name": (host_config.get("RestartPolicy") or {}).get("Name") or "no",
            "maximum_retries": (host_config.get("RestartPolicy") or {}).get("MaximumRetryCount") or 0,
        },
        auto_remove=bool(host_config.get("AutoRemove")),
        log_driver=(host_config.get("LogConfig") or {}).get("Type") or "",
        log_addresses=_log_addresses(host_config),
        health=_health(config, state),
        cgroup_parent=str(host_config.get("CgroupParent") or ""),
        runtime=str(host_config.get("Runtime") or ""),
        init=host_config.get("Init"),
        environment_names=sorted({str(entry).partition("=")[0] for entry in config.get("Env") or []}),
        label_names=sorted(config.get("Labels") or {}),
        swarm_task="com.docker.swarm.task.id" in (config.get("Labels") or {}),
    )
    facts.take("secret_suspects", lambda: secret_suspects(config))
    facts.take("networks", lambda: networks_of(context, inspected))
    facts.take("default_binding", lambda: _default_binding(context, facts))
    seen = mounts_of(context, inspected, facts.values)
    if seen.gap is None:
        facts.values["mounts"] = seen.mounts
    else:
        # An incomplete list can make a rule fail, but must not make it pass.
        facts.miss("mounts", seen.gap)
        facts.values["mounts_at_least"] = seen.mounts
    joined = facts.values["joined_namespaces"] = {}
    for kind, key in _JOINABLE.items():
        try:
            joined[kind] = str((_owner_of(context, inspected, key).get("HostConfig") or {}).get(key) or "")
        except Unread as gap:
            facts.miss(f"joined_namespaces.{kind}", gap.reason)
    facts.values["left_control_groups"] = left_control_groups(context, facts.values)
    try:
        facts.values["process"] = _process(context, facts.values)
    except Unread as gap:
        facts.miss("process", gap.reason)
        facts.values["left_control_groups"] = isinstance(gap, LeftControlGroups)
    facts.take("started_with", lambda: started_with(context, facts.values))
    facts.take("processes", lambda: processes_of(context, facts.values))
    return facts.document()


def _reference(inspected: Document) -> str | None:
    """Return the image's name in full, or None if the container was made from an id, or names no image."""
    image = str((inspected.get("Config") or {}).get("Image") or "")
    if not image or names_id(image, str(inspected.get("Image") or "")):
        return None
    return full_reference(image)


# Options of log drivers that name a server.
_LOG_ADDRESSES = ("syslog-address", "fluentd-address", "gelf-address", "splunk-url", "awslogs-endpoint")


def _log_addresses(host_config: Document) -> Document:
    """Return the addresses to which the log driver of the container sends, with credentials masked. The engine copies
    the daemon's options into the container."""
    options = (host_config.get("LogConfig") or {}).get("Config") or {}
    return {key: mask_string(str(options[key])) for key in _LOG_ADDRESSES if options.get(key)}


def _rights(host_config: Document) -> Document:
    return {
        "privileged": bool(host_config.get("Privileged")),
        "capabilities": {
            "added": capability_names(host_config.get("CapAdd")),
            "dropped": capability_names(host_config.get("CapDrop")),
        },
        "security_options": security_options(host_config),
    }


def changes_mounts(inspected: Document) -> bool:
    """Return whether the engine lets the container change its mounts."""
    return may_mount(_rights(inspected.get("HostConfig") or {}))


def _process(context: Context, container: Document) -> Document:
    pid = first_process(context, container).pid
    document = process_facts(context.host, pid, process_status(context.host, pid), lambda: _host_namespaces(context))
    try:
        document["root_read_only"] = root_read_only(context, pid)
    except Unread as gap:
        document["unread"]["root_read_only"] = gap.reason
    require_still_its_own(context, container)
    return document


def _host_namespaces(context: Context) -> dict[str, str]:
    """Return what the engine calls the host's namespaces. Raises Unread."""
    try:
        # They are the daemon's own, and the first process may be hidden.
        pid = context.daemon_pid()
    except Unread:
        pid = 1
    return context.once("host_namespaces", lambda: namespaces_of(context.host, pid))


def networks_of(context: Context, inspected: Document) -> list[str]:
    """Return the networks of the container: its own, or those of the container whose network it joins."""
    try:
        owner = _owner_of(context, inspected, "NetworkMode")
    except Unread as gap:
        if gap.kind != "absent":
            raise
        return []  # it was removed; this container cannot be started any more
    return sorted((owner.get("NetworkSettings") or {}).get("Networks") or {})


def _default_binding(context: Context, facts: Facts) -> str | None:
    if "networks" not in facts.values:
        raise Unread(facts.unread["networks"])
    ports, publish_all = facts.values["ports"], facts.values["publish_all_ports"] and not facts.values["running"]
    return default_binding(context, ports, publish_all, facts.values["networks"])


# Kinds of namespaces that a container can join from another one, and the engine's keys for them.
_JOINABLE = {"network": "NetworkMode", "pid": "PidMode", "ipc": "IpcMode"}


def _owner_of(context: Context, inspected: Document, key: str) -> Document:
    """Return the container whose namespace of a kind this container uses, according to the engine: itself, or the last
    one in the chain of containers that it joins. Raises Unread if one of them was removed."""
    seen: set[str] = set()
    while True:
        mode = str((inspected.get("HostConfig") or {}).get(key) or "")
        kind, _colon, wanted = mode.partition(":")
        if kind != "container":
            return inspected
        owner = next((one for one in context.containers() if wanted in (one.get("Id"), container_name(one))), None)
        if owner is None or mode in seen:
            context.require_all_described()
            raise Unread(f"the container {wanted[:64]}, whose namespace this one joins, was removed", "absent")
        seen.add(mode)
        inspected = owner


def _namespaces(host_config: Document) -> Document:
    """Return the mode of each namespace according to the engine. An empty mode is the default of the engine."""
    return {
        "network": str(host_config.get("NetworkMode") or ""),
        "pid": str(host_config.get("PidMode") or ""),
        "ipc": str(host_config.get("IpcMode") or ""),
        "uts": str(host_config.get("UTSMode") or ""),
        "cgroup": str(host_config.get("CgroupnsMode") or ""),
        "user": str(host_config.get("UsernsMode") or ""),
    }


def _health(config: Document, state: Document) -> Document:
    """Return ``configured``, which is true if the engine has a health check to run (``Config`` includes that of the
    image), and ``status`` while the container runs."""
    status = (state.get("Health") or {}).get("Status")
    return {
        "configured": has_health_check((config.get("Healthcheck") or {}).get("Test")),
        "status": status if status and status != "none" else None,
    }
