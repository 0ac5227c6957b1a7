# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configured listeners of the daemon, and TLS on them."""

from __future__ import annotations

import functools
import re
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.config_file import process_environment
from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context, Document
from ansible_collections.seawall.docker.plugins.module_utils._daemon.start_times import (
    changed_at,
    unchanged_since_start,
)
from ansible_collections.seawall.docker.plugins.module_utils._daemon.units import listen_streams
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Facts, Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.daemon.options import Configured, Options, Setup

DEFAULT_SOCKET = "/var/run/docker.sock"
_TLS_FILES = (("ca", "tlscacert", "ca.pem"), ("certificate", "tlscert", "cert.pem"), ("key", "tlskey", "key.pem"))


def listeners(context: Context, setup: Setup, options: Options) -> list[Document]:
    """Return every configured listener. Raise Unread if one of them is not known, since an incomplete list could pass a rule."""
    hosts = options.plain["hosts"]
    if hosts.reason is not None:
        raise Unread(hosts.reason)
    found = []
    for text in [str(host) for host in hosts.value] or [""]:
        listener = parse_host(text, _needed(options, "tls") if not text.strip() else False)
        if listener["scheme"] == "fd":
            found += _from_socket_unit(context, setup)
        elif not text.strip() and listener["scheme"] == "unix" and setup.process is not None and setup.process.user_id:
            found.append({**_rootless_default(context), "origin": hosts.origin})
        else:
            found.append({**listener, "origin": hosts.origin})
    return found


def _rootless_default(context: Context) -> Document:
    """Return the socket of a rootless engine without configured listener: the socket by which it was found."""
    address = context.location.address
    if context.location.manager != "rootless" or not address:
        raise Unread("a rootless engine takes its default socket from its user's environment")
    return _unix(address[len("unix://") :])


def _needed(options: Options, key: str) -> t.Any:
    known = options.plain[key]
    if known.reason is not None:
        raise Unread(known.reason)
    return known.value


def parse_host(text: str, tls: bool) -> Document:
    """One entry of ``hosts`` as the engine reads it. Raises Unread for one that no daemon starts with."""
    text = text.strip()
    if not text:
        return _tcp("localhost", 2376) if tls else _unix(DEFAULT_SOCKET)
    scheme, separator, rest = text.partition("://")
    if not separator:
        scheme, rest = "tcp", text
    if scheme == "unix":
        return _unix(rest or DEFAULT_SOCKET)
    if scheme == "fd":
        return {"address": text, "scheme": "fd", "path": None, "ip": None, "port": None}
    if scheme != "tcp":
        raise Unread(f"the daemon's listener {scheme} is of a kind that this collection does not know")
    found = re.fullmatch(r"(?:[^/@]*@)?(\[[^\]]*\]|[^:/]*)(?::(\d*))?", rest)
    if not found:
        raise Unread("a listener of the daemon is not an address")
    return _tcp(found.group(1).strip("[]") or "localhost", int(found.group(2) or 2375))


def _tcp(ip: str, port: int) -> Document:
    shown = f"[{ip}]" if ":" in ip else ip
    return {"address": f"tcp://{shown}:{port}", "scheme": "tcp", "path": None, "ip": ip, "port": port}


def _unix(path: str) -> Document:
    return {"address": f"unix://{path}", "scheme": "unix", "path": path, "ip": None, "port": None}


def _from_socket_unit(context: Context, setup: Setup) -> list[Document]:
    """What systemd opened for the daemon. Units that were changed since it started do not tell."""
    streams = listen_streams(setup.units.socket_files)
    if not streams:
        raise Unread("the daemon listens on sockets of its service manager (fd://), and no socket unit shows which")
    found = []
    for value, file in streams:
        process = setup.process
        changed = changed_at(context.host, file.path)
        if process is None or process.started is None or not unchanged_since_start(context, process.pid, changed):
            raise Unread(f"{file.path} was changed after the daemon started, so its sockets are not known from it")
        origin = {"kind": "socket_unit", "source": file.path}
        if value.startswith(("/", "@")):
            found.append({**_unix(value), "origin": origin})
            continue
        address, colon, port = value.rpartition(":")
        if not port.isdigit():
            raise Unread(f"the socket unit {file.path} listens on something that is no address of the API")
        # A port alone means every address, of both families.
        found.append({**_tcp(address.strip("[]") if colon else "::", int(port)), "origin": origin})
    return found


def tls_document(context: Context, setup: Setup, options: Options) -> Document:
    """``tls`` of the posture, with ``unread`` beside. Raises Unread where it is not known whether TLS is on."""
    enabled = bool(_needed(options, "tls"))
    facts = Facts(enabled=enabled, verify=bool(_needed(options, "tlsverify")))
    by_flag = any(setup.flags.of_key(key) for key in ("tls", "tlsverify"))
    for name, key, file_name in _TLS_FILES:
        read = functools.partial(_tls_file, context, setup, options.plain[key], enabled, by_flag, file_name)
        facts.take(name, read)
    return facts.document()


def _tls_file(
    context: Context, setup: Setup, known: Configured, enabled: bool, by_flag: bool, file_name: str
) -> str | None:
    if not enabled:
        return None
    if known.reason is not None:
        raise Unread(known.reason)
    if known.value:
        return str(known.value)
    if not by_flag:
        return None  # switched on by the file alone, there are no default files
    variables = process_environment(context, setup.process, ("DOCKER_CERT_PATH", "DOCKER_CONFIG", "HOME"))
    directory = variables.get("DOCKER_CERT_PATH") or variables.get("DOCKER_CONFIG")
    if not directory:
        if not variables.get("HOME"):
            raise Unread("the daemon's environment does not say where its default certificates are")
        directory = f"{variables['HOME']}/.docker"
    path = f"{directory}/{file_name}"
    prefix = setup.process.root if setup.process else ""
    # A default certificate or key that is not there is left out; a missing authority is not.
    return path if file_name == "ca.pem" or context.host.exists(prefix + path) else None
