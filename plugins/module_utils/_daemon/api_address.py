# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the unix socket of a daemon's API: one that its configuration names, and on which its process really listens."""

from __future__ import annotations

import posixpath

from ansible_collections.seawall.docker.plugins.module_utils._daemon.daemon_json import DEFAULT_PATH, read_daemon_json
from ansible_collections.seawall.docker.plugins.module_utils._daemon.flags import parse_flags, split_arguments
from ansible_collections.seawall.docker.plugins.module_utils._daemon.sockets import (
    listening_inodes,
    socket_inodes,
    unix_listeners,
)
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

SYSTEM_SOCKETS = ("/run/docker.sock", "/var/run/docker.sock")
_ARGUMENT_BYTES = 1024 * 1024
# Where the daemon keeps sockets that are not its API: metrics, plugins, networks.
_INTERNAL = ("/run/docker/", "/var/run/docker/")


def api_socket(host: Host, pid: int) -> str | None:
    """Return the path of the daemon's API socket, or None if no unix socket is known.

    Flags or daemon.json name it; otherwise it is the default. Of several, the first one on which the process listens is
    used.
    """
    configured = _configured_sockets(host, pid)
    try:
        held = unix_listeners(host, pid)
        places = {host.real_path(path) for path in held if path.startswith("/")}
        for path in [*configured, SYSTEM_SOCKETS[1]]:
            if host.real_path(path) in places:
                return path
        others = [path for path in held if path.startswith("/") and not path.startswith(_INTERNAL)]
        return others[0] if others else next(iter(configured), None)
    except Unread:
        return next(iter(configured), None)


def holds_socket(host: Host, pid: int, path: str) -> bool | None:
    """Return whether the process listens at the unix socket. None if this is not known."""
    try:
        return bool(_listening_at(host, pid, path) & socket_inodes(host, pid))
    except Unread:
        return None


def holds_handed_socket(host: Host, pid: int, path: str) -> bool | None:
    """Return the same for a socket that the service manager opened and passed to the daemon.

    The table of the kernel still shows the path of a socket that was replaced by another one. So the socket must be the
    one that the service manager has open. If it has closed its own, all sockets that listen at the path must belong to
    the daemon.
    """
    try:
        listening = _listening_at(host, pid, path)
        wanted = listening & socket_inodes(host, 1) or listening
        return bool(wanted) and wanted <= socket_inodes(host, pid)
    except Unread:
        return None


def _listening_at(host: Host, pid: int, path: str) -> set[str]:
    """Return the sockets that listen at the path. Systemd opens a socket in its own network namespace, a daemon in the
    daemon's."""
    return listening_inodes(host, pid, path) | listening_inodes(host, "self", path)


def _configured_sockets(host: Host, pid: int) -> list[str]:
    """Return the unix sockets that the daemon's flags or its file name, in order, or the default one."""
    try:
        arguments = split_arguments(host.read_bytes(f"/proc/{pid}/cmdline", _ARGUMENT_BYTES))[1:]
    except Unread:
        return []
    flags = parse_flags(arguments, None)
    hosts = [flag.text for flag in flags.of_key("hosts")]
    if not hosts:
        given = flags.of_flag("config-file")
        hosts = _hosts_in(host, pid, given[-1].text if given and given[-1].text else DEFAULT_PATH)
    # What systemd opens for the daemon is, in units of packages, the default socket.
    unix = [text for text in hosts or ["unix://"] if text.startswith(("unix://", "fd://")) or not text.strip()]
    return [
        text[len("unix://") :] if text[len("unix://") :] and text[:1] == "u" else SYSTEM_SOCKETS[1] for text in unix
    ]


def _hosts_in(host: Host, pid: int, path: str) -> list[str]:
    try:
        if not path.startswith("/"):
            path = posixpath.join(host.read_link(f"/proc/{pid}/cwd"), path)
        found = read_daemon_json(host.read_bytes(path), None).settings.get("hosts")
    except Unread:
        return []
    return [str(one) for one in found] if isinstance(found, list) else []
