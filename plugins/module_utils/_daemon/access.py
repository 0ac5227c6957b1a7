# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connect to an engine, and first find out whose it is.

The kernel shows which process began to listen at a unix socket. The host's engine is that of root. A user can audit
their own engine. Root audits the engine of another user only if its address was given, and only with the rights of that
user. The answers of such an engine may be made up, so nothing of them may be read, run or written as root.
"""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._daemon.identity import ROOT
from ansible_collections.seawall.docker.plugins.module_utils._daemon.location import locate
from ansible_collections.seawall.docker.plugins.module_utils._daemon.process import process_to_change
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import (
    Engine,
    EngineError,
    ForeignEngine,
    Peer,
    UnixEngine,
)
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

OpenRemote = t.Callable[[str], Engine]


class _Door:
    """Allows connections only to the engine of one owner. The first connection sets the process, and later ones must
    reach the same process.

    ``allowed`` are the users whose engine it may be. None means any user.
    """

    def __init__(self, path: str, allowed: t.Optional[t.Set[int]]) -> None:
        self._path = path
        self._allowed = allowed
        self._peer: Peer | None = None

    @property
    def owner(self) -> int | None:
        return None if self._peer is None else self._peer.uid

    def admit(self, peer: Peer) -> None:
        if self._allowed is not None and peer.uid not in self._allowed:
            raise ForeignEngine(self._path, peer)
        if self._peer is not None and peer != self._peer:
            raise EngineError(
                f"the Docker socket {self._path} was taken over by process {peer.pid} of user {peer.uid}", "protocol"
            )
        self._peer = peer


def open_engine(host: Host, docker_host: str | None, seconds: float, open_remote: OpenRemote) -> Context:
    """Return the engine that ``docker_host`` names, or this host's own if it is None. For reading only.

    If the engine does not answer, or its owner is not known, this is a fact of the context and not an error.
    ``seconds`` is the time limit for each answer.
    """
    unprivileged = host.effective_uid() != ROOT
    try:
        return _open(host, docker_host, seconds, open_remote, any_owner=bool(docker_host) and unprivileged)
    except ForeignEngine as foreign:
        if not docker_host or unprivileged:
            return Context(host, locate(host, docker_host), None, foreign.reason, None)
        # Asked for by its address: audited as its user would.
        host.take_rights_of(foreign.uid)
        return _open(host, docker_host, seconds, open_remote)


def open_own_engine(host: Host, docker_host: str | None, seconds: float) -> Context:
    """Return the engine that modules may change: that of root, or of the user who runs this.

    If the engine does not answer, this is a fact of the context. Raises Unread for an address on another host and for
    an engine of another user.
    """
    if docker_host and not docker_host.startswith("unix:///"):
        raise Unread(f"docker_host {docker_host} is no unix socket of this host, and only its own engine is changed")

    def no_remote(address: str) -> Engine:
        raise Unread(f"{address} is no unix socket of this host")

    try:
        context = _open(host, docker_host, seconds, no_remote)
    except ForeignEngine as foreign:
        raise Unread(
            f"{foreign.reason}. The engine of another user is never changed: run this as user {foreign.uid}"
        ) from None
    try:
        if context.engine_fault is None:
            # An engine that answers must be shown to be a daemon of this host.
            process_to_change(context)
    except Unread:
        context.close()
        raise
    return context


def _open(
    host: Host, docker_host: str | None, seconds: float, open_remote: OpenRemote, any_owner: bool = False
) -> Context:
    """Open the connection. Raises ForeignEngine."""
    location = locate(host, docker_host)
    if location.state != "running" or location.address is None:
        return Context(host, location, None)
    try:
        if not location.address.startswith("unix://"):
            return Context(host, location, open_remote(location.address), owner=None)
        path = location.address[len("unix://") :]
        door = _Door(path, None if any_owner else {ROOT, host.effective_uid()})
        engine = UnixEngine(path, seconds, host.budget, door.admit)
        return Context(host, location, engine, owner=door.owner)
    except ForeignEngine:
        raise
    except EngineError as error:
        # Who would have answered is not known; files of a stopped engine are those of root's, or of the one who runs this.
        owner = ROOT if location.manager != "rootless" else host.effective_uid()
        return Context(host, location, None, error.reason, owner)
