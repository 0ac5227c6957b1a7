# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collect the swarm as a manager shows it. Join tokens, secrets, commands and values of environments are never read."""

from __future__ import annotations

import json

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context, Document
from ansible_collections.seawall.docker.plugins.module_utils._daemon.sockets import listening_sockets
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import EngineError
from ansible_collections.seawall.docker.plugins.module_utils._host.secret_names import is_secret_name
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Facts, Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.certificate import validities

DEFAULT_PORT = 2377
_MANAGER_FACTS = (
    "managers",
    "reachable_managers",
    "nodes",
    "autolock",
    "node_certificate_validity_seconds",
    "ca",
    "secrets",
    "services",
)


def collect(context: Context) -> Document:
    """Return ``{"state": "inactive", "manager": false}`` without a swarm, everything on a manager, and on a worker what
    it knows."""
    swarm = context.info().get("Swarm")
    if not isinstance(swarm, dict) or not swarm.get("LocalNodeState"):
        raise Unread("the engine does not say whether it is in a swarm")
    facts = Facts(state=str(swarm["LocalNodeState"]), manager=bool(swarm.get("ControlAvailable")))
    if facts.values["state"] == "inactive":
        return facts.document()
    facts.values["node_id"] = str(swarm.get("NodeID") or "")
    node_address = str(swarm.get("NodeAddr") or "") or None
    stored = facts.take("addresses", lambda: _addresses(context, node_address))
    facts.take("listeners", lambda: _listeners(context, stored))
    facts.take("node_certificate", lambda: _node_certificate(context))
    if not facts.values["manager"]:
        reason = f"only a manager knows it (this node is {_role(facts.values['state'])})"
        for key in _MANAGER_FACTS:
            facts.miss(key, reason)
        return facts.document()
    try:
        facts.values.update(manager_counts(_list(context, "/nodes")))
    except Unread as gap:
        for key in ("managers", "reachable_managers", "nodes"):
            facts.miss(key, gap.reason)
    _cluster(context, facts)
    facts.take("secrets", lambda: len(_list(context, "/secrets")))
    facts.take("services", lambda: [service_facts(service) for service in _list(context, "/services")])
    return facts.document()


def _role(state: str) -> str:
    return "a worker" if state == "active" else state


def _list(context: Context, path: str) -> list[Document]:
    answer = context.engine.get(path)
    if not isinstance(answer, list) or not all(isinstance(entry, dict) for entry in answer):
        raise EngineError(f"the engine's answer to {path} is not a list of objects", "protocol")
    return answer


def manager_counts(nodes: list[Document]) -> Document:
    managers = [node for node in nodes if (node.get("Spec") or {}).get("Role") == "manager"]
    reachable = [node for node in managers if (node.get("ManagerStatus") or {}).get("Reachability") == "reachable"]
    return {"managers": len(managers), "reachable_managers": len(reachable), "nodes": len(nodes)}


def _cluster(context: Context, facts: Facts) -> None:
    try:
        cluster = context.engine.get("/swarm")
        spec = cluster["Spec"]
        authority = spec.get("CAConfig") or {}
        facts.values.update(
            autolock=bool((spec.get("EncryptionConfig") or {}).get("AutoLockManagers")),
            node_certificate_validity_seconds=int(authority["NodeCertExpiry"]) // 1_000_000_000,
        )
    except Unread as gap:
        for key in ("autolock", "node_certificate_validity_seconds", "ca"):
            facts.miss(key, gap.reason)
        return
    except (KeyError, TypeError, ValueError):
        for key in ("autolock", "node_certificate_validity_seconds", "ca"):
            facts.miss(key, "the engine's description of the swarm lacks it")
        return
    facts.take("ca", lambda: authority_facts(cluster, authority))


def authority_facts(cluster: Document, authority: Document) -> Document:
    """Return the facts of the swarm's own certificate authority. ``rotations`` is the number of forced renewals of its
    certificate."""
    pem = (cluster.get("TLSInfo") or {}).get("TrustRoot")
    try:
        roots = validities(str(pem or ""))
    except ValueError as error:
        raise Unread(f"the swarm's root certificate cannot be read: {error}") from None
    return {
        "external": len(authority.get("ExternalCAs") or []),
        "rotations": int(authority.get("ForceRotate") or 0),
        "rotation_in_progress": bool(cluster.get("RootRotationInProgress")),
        "issued_at": roots[0].issued_at,
        "expires_at": roots[0].expires_at,
    }


def service_facts(service: Document) -> Document:
    spec = service.get("Spec") or {}
    container = (spec.get("TaskTemplate") or {}).get("ContainerSpec") or {}
    names = sorted({str(entry).partition("=")[0] for entry in container.get("Env") or [] if "=" in str(entry)})
    return {
        "id": str(service.get("ID") or ""),
        "name": str(spec.get("Name") or ""),
        "secrets": len(container.get("Secrets") or []),
        "configs": len(container.get("Configs") or []),
        "secret_suspects": [name for name in names if is_secret_name(name)],
    }


def _state_directory(context: Context) -> str:
    context.require_local()
    root = context.info().get("DockerRootDir")
    if not isinstance(root, str) or not root.startswith("/"):
        raise Unread("the engine does not say where its data root is")
    return f"{root}/swarm"


def _addresses(context: Context, node_address: str | None) -> Document:
    """Return the addresses that the node was given when it joined. The API shows only the node's own address."""
    path = f"{_state_directory(context)}/docker-state.json"
    try:
        state = json.loads(context.host.read_text(path, 1024 * 1024))
        addresses = {key: str(state.get(key) or "") for key in ("ListenAddr", "AdvertiseAddr", "DataPathAddr")}
    except (ValueError, AttributeError, RecursionError):
        raise Unread(f"{path} is not what an engine writes") from None
    return {
        "node": node_address,
        "listen": addresses["ListenAddr"] or None,
        "advertise": addresses["AdvertiseAddr"] or None,
        "data_path": addresses["DataPathAddr"] or None,
        "data_path_separate": separate_data_path(addresses["DataPathAddr"], addresses["AdvertiseAddr"], node_address),
    }


def separate_data_path(data_path: str, advertise: str, node_address: str | None) -> bool:
    """Return whether the traffic of containers uses another address or interface than the management of the swarm."""
    return bool(data_path) and _bare(data_path) not in {_bare(advertise), _bare(node_address or "")}


def _bare(address: str) -> str:
    """Return an address without its port: ``10.0.0.1:2377``, ``[::1]:2377``, ``eth0:2377``, ``::1``."""
    if address.startswith("["):
        return address[1:].partition("]")[0]
    host, _colon, port = address.rpartition(":")
    return host if host and ":" not in host and port.isdigit() else address


def _listeners(context: Context, addresses: Document | None) -> list[Document]:
    """Return where the daemon itself listens on the management port of the swarm."""
    _host, _colon, port = str((addresses or {}).get("listen") or "").rpartition(":")
    wanted = int(port) if port.isdigit() else DEFAULT_PORT
    return [
        {
            "address": socket["address"],
            "port": socket["port"],
            "wildcard": socket["address"] in ("0.0.0.0", "::"),
        }
        for socket in listening_sockets(context.host, context.daemon_pid())
        if socket["port"] == wanted
    ]


def _node_certificate(context: Context) -> Document:
    path = f"{_state_directory(context)}/certificates/swarm-node.crt"
    try:
        own = validities(context.host.read_text(path, 1024 * 1024))[0]
    except ValueError as error:
        raise Unread(f"{path}: {error}") from None
    return {"issued_at": own.issued_at, "expires_at": own.expires_at}
