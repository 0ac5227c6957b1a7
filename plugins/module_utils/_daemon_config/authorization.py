# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Authorization plugins that daemon.json names and the engine would not find. It ends over one, at a start as well as at a
reload, and ``dockerd --validate`` does not look for them.

The engine finds a plugin that it installed itself, a socket, or a file that says where the plugin is (moby's
``pkg/plugins/discovery.go``). Whether the plugin answers is seen by the engine alone.
"""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.combinations import Settings, effective
from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._daemon.flags import ParsedFlags
from ansible_collections.seawall.docker.plugins.module_utils._daemon.identity import ROOT
from ansible_collections.seawall.docker.plugins.module_utils._daemon.local_engine import LocalDaemon
from ansible_collections.seawall.docker.plugins.module_utils._engine.references import full_reference
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

_SOCKETS = "/run/docker/plugins"
_DESCRIBED = ("/etc/docker/plugins", "/usr/lib/docker/plugins")
KEY = "authorization-plugins"


class Plugins(t.NamedTuple):
    """Where the daemon looks: ``root`` is the prefix of its own files, and ``installed`` are the plugins that the engine
    manages, by full reference and by id, with whether each is enabled."""

    root: str
    installed: t.Dict[str, bool]

    def enabled(self, name: str) -> bool | None:
        """Return whether a plugin that the engine manages is enabled, or None where there is none of the name. The engine also
        takes an id, or the beginning of one alone."""
        known = self.installed.get(full_reference(name))
        if known is not None:
            return known
        begun = [state for key, state in self.installed.items() if "/" not in key and key.startswith(name)]
        return begun[0] if len(begun) == 1 else None


def plugins_of(context: Context, daemon: LocalDaemon) -> Plugins | None:
    """Return where the running daemon finds plugins, or None where that is not known: then the engine decides.

    A rootless daemon looks in other directories, which depend on its version.
    """
    if daemon.process is None or context.owner != ROOT:
        return None
    try:
        listed = context.engine.get("/plugins")
    except Unread:
        return None
    if not isinstance(listed, list):
        return None
    installed = {}
    for one in listed:
        for key in ("Name", "Id") if isinstance(one, dict) else ():
            name = str(one.get(key) or "")
            if name:
                installed[full_reference(name) if key == "Name" else name] = one.get("Enabled") is True
    return Plugins(daemon.process.root, installed)


def plugin_fault(host: Host, settings: Settings, flags: ParsedFlags, plugins: Plugins | None) -> str | None:
    """Return why the engine would end over a plugin, or None."""
    if plugins is None:
        return None
    names = effective(KEY, settings, flags, [])
    faults = (_fault(host, name, plugins) for name in names if isinstance(name, str) and name)
    return next((fault for fault in faults if fault is not None), None)


def _fault(host: Host, name: str, plugins: Plugins) -> str | None:
    enabled = plugins.enabled(name)
    if enabled is not None:
        return (
            None
            if enabled
            else f"{KEY}: the plugin {name!r} is disabled, and the engine does not start with it. Enable it first"
        )
    try:
        if any(host.exists(plugins.root + path) for path in _paths(name)):
            return None
    except Unread:
        return None
    return (
        f"{KEY}: there is no plugin {name!r}: none that the engine installed, no socket of it in {_SOCKETS} and no file of"
        f" it in {' or '.join(_DESCRIBED)}; the engine does not start without it. Install the plugin, and start it, first"
    )


def _paths(name: str) -> list[str]:
    """Return where a socket or a description of the plugin may be."""
    found = [(_SOCKETS, ".sock"), *((directory, ending) for directory in _DESCRIBED for ending in (".spec", ".json"))]
    return [f"{directory}/{path}{ending}" for directory, ending in found for path in (name, f"{name}/{name}")]
