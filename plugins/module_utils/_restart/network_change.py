# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which options of the network a restart brings into force, and what the network must do with them."""

from __future__ import annotations

import os
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.config_records import daemon_identity
from ansible_collections.seawall.docker.plugins.module_utils._daemon.daemon_json import DaemonFile, read_daemon_json
from ansible_collections.seawall.docker.plugins.module_utils._daemon.flags import BadValue, value_of
from ansible_collections.seawall.docker.plugins.module_utils._daemon.keys import default_of, options_by_key
from ansible_collections.seawall.docker.plugins.module_utils._daemon.local_engine import LocalDaemon
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config import pending
from ansible_collections.seawall.docker.plugins.module_utils._host.files import Restore
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

# Those that decide what containers reach outside of the host; the others only concern the default bridge and its ports.
_OUTSIDE = frozenset(
    {
        "allow-direct-routing",
        "bridge-accept-fwmark",
        "default-address-pools",
        "default-network-opts",
        "firewall-backend",
        "ip-forward",
        "ip-forward-no-drop",
        "ip-masq",
        "ip6tables",
        "iptables",
        "ipv6",
    }
)
_BRIDGE = frozenset(
    {
        "bip",
        "bip6",
        "bridge",
        "default-gateway",
        "default-gateway-v6",
        "fixed-cidr",
        "fixed-cidr-v6",
        "icc",
        "ip",
        "mtu",
        "userland-proxy",
        "userland-proxy-path",
    }
)


class NetworkChange(t.NamedTuple):
    """``options`` change by the restart. ``bridge`` and ``icc`` are the values afterwards."""

    options: t.List[str]
    bridge: str = ""
    icc: bool = True

    @property
    def outside(self) -> bool:
        """Whether it changes what containers reach outside of the host."""
        return bool(_OUTSIDE & set(self.options))


def network_change(host: Host, daemon: LocalDaemon, restore: t.Sequence[Restore]) -> NetworkChange | None:
    """The change of the network, None where there is none. Raises Unread."""
    path = os.path.realpath(daemon.config_path)
    content = _content(host, daemon.config_path)
    new = read_daemon_json(content or b"{}", daemon.version)
    ours = next((item for item in restore if os.path.realpath(item.path) == path), None)
    identity = daemon_identity(daemon.process.pid) if daemon.process is not None else None
    note = pending.read(host, path, content, identity)
    if ours is not None:
        old = read_daemon_json(_content(host, ours.backup_file) or b"{}", daemon.version)
        changed = {key for key in _OUTSIDE | _BRIDGE if _value(new, daemon, key) != _value(old, daemon, key)}
    elif note is not None:
        changed = set(note.keys)
    elif daemon.works_with_file:
        return None
    else:
        # It is not known what the engine ran with.
        changed = set(new.settings)
    options = sorted(changed & (_OUTSIDE | _BRIDGE))
    if not options:
        return None
    return NetworkChange(options, str(_value(new, daemon, "bridge") or ""), _value(new, daemon, "icc") is not False)


def _content(host: Host, path: str | None) -> bytes | None:
    if path is None:
        return None
    try:
        return host.read_bytes(path)
    except Unread as gap:
        if gap.kind != "absent":
            raise
        return None


def _value(file: DaemonFile, daemon: LocalDaemon, key: str) -> t.Any:
    given = daemon.flags.of_key(key)
    if given:
        try:
            return value_of(given)
        except BadValue:
            return None
    option = options_by_key(daemon.version).get(key)
    return file.settings.get(key, default_of(option, daemon.version) if option is not None else None)
