# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an option names and the host does not have: a group, a file, a driver, a plugin. The engine looks for them when it starts, and
``dockerd --validate`` does not.

Measured with engine 20.10. What cannot be known here, such as a group that only a directory service knows and that cannot
be asked, is no fault: the engine decides when it starts, and is taken back if it does not.
"""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.combinations import Settings, effective, faults
from ansible_collections.seawall.docker.plugins.module_utils._daemon.daemon_json import read_daemon_json
from ansible_collections.seawall.docker.plugins.module_utils._daemon.flags import ParsedFlags
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config.authorization import Plugins, plugin_fault
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

Version = t.Optional[t.Tuple[int, int]]
# The engine starts without this group, and says so in its log.
_DEFAULT_GROUP = "docker"
_SECCOMP_WORDS = ("builtin", "unconfined")


def missing_faults(
    host: Host,
    content: bytes,
    flags: ParsedFlags,
    version: Version,
    storage_driver: str | None = None,
    plugins: Plugins | None = None,
) -> list[str]:
    """Return why the engine would not start with the file. ``storage_driver`` is the one of the running engine, which it keeps
    where no option names one. Plugins are not looked for where ``plugins`` does not say where they are."""
    parsed = read_daemon_json(content, version)
    if parsed.state != "ok":
        return []
    settings = parsed.settings
    faults = (
        _group(host, settings, flags),
        _seccomp_profile(host, settings, flags),
        _tls_files(host, settings, flags),
        _storage_options(settings, flags, version, storage_driver),
        plugin_fault(host, settings, flags, plugins),
    )
    return [fault for fault in faults if fault is not None]


def _group(host: Host, settings: Settings, flags: ParsedFlags) -> str | None:
    name = settings.get("group")
    if not isinstance(name, str) or name in ("", _DEFAULT_GROUP) or name.isdigit():
        return None
    addresses = settings.get("hosts") or [flag.text for flag in flags.of_key("hosts")] or ["unix://"]
    # Only a unix socket that the daemon opens itself gets the group.
    if not any("://" not in str(one) or str(one).startswith("unix://") for one in addresses):
        return None
    try:
        known = host.group(name)
    except Unread:
        return None
    return (
        None if known is not None else f"group: there is no group {name!r} on this host, and the engine does not start"
    )


def _seccomp_profile(host: Host, settings: Settings, flags: ParsedFlags) -> str | None:
    path = effective("seccomp-profile", settings, flags, "")
    if not path or path in _SECCOMP_WORDS:
        return None
    return _file(host, "seccomp-profile", path)


def _tls_files(host: Host, settings: Settings, flags: ParsedFlags) -> str | None:
    # The engine has default files, and uses files that flags name, only where a flag turns TLS on. Where those default
    # files are depends on its version and environment.
    by_flag = any(flags.of_key(key) for key in ("tls", "tlsverify"))
    named_verify = "tlsverify" in settings or bool(flags.of_key("tlsverify"))
    if not named_verify and effective("tls", settings, flags, False) is not True:
        return None
    # "tls" alone verifies clients too; and "tlsverify": false turns TLS on.
    verifies = effective("tlsverify", settings, flags, True) is True
    for key in ("tlscert", "tlskey", *(("tlscacert",) if verifies else ())):
        path = effective(key, settings, flags, "") if by_flag else settings.get(key, "")
        if not path and not by_flag and key != "tlscacert":
            return (
                f"{key}: TLS is on and the file names no {key}, and the engine does not start. Set tlscert and tlskey, and"
                " tlscacert to verify clients, to files of this host"
            )
        fault = _file(host, key, path) if path else None
        if fault is not None:
            return fault
    return None


def _file(host: Host, key: str, path: t.Any) -> str | None:
    """Return why the engine cannot read the file, or None. A relative path depends on where the daemon was started."""
    if not isinstance(path, str) or not path.startswith("/"):
        return None
    try:
        kind = host.stat(path).type
    except Unread as gap:
        if gap.kind != "absent":
            return None
        return f"{key}: there is no file {path}, and the engine does not start"
    return f"{key}: {path} is a directory, and the engine does not start" if kind == "directory" else None


def _storage_options(settings: Settings, flags: ParsedFlags, version: Version, driver: str | None) -> str | None:
    if not driver or effective("storage-driver", settings, flags, ""):
        return None
    found = faults({**settings, "storage-driver": driver}, flags, version)
    reason = next((one.reason for one in found if one.key == "storage-opts"), None)
    return f"{reason}. The engine chooses {driver} by itself, as it runs now" if reason is not None else None
