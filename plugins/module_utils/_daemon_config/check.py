# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host's own ``dockerd --validate`` on a candidate of daemon.json, where asking it changes nothing."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.daemon_json import read_daemon_json
from ansible_collections.seawall.docker.plugins.module_utils._daemon.local_engine import LocalDaemon
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._userns import idmap
from ansible_collections.seawall.docker.plugins.module_utils._userns.own_namespace import (
    maps_of_host,
    missing_fault,
    namespaces_fault,
)
from ansible_collections.seawall.docker.plugins.module_utils._userns.subids import (
    created_by_engine,
    reading_of,
    resolve,
)

# What the kernel calls the limits that a daemon is most likely to meet its own of.
_LIMITS = {
    "core": "Max core file size",
    "memlock": "Max locked memory",
    "nofile": "Max open files",
    "nproc": "Max processes",
    "stack": "Max stack size",
}
_CAP_SYS_RESOURCE = 24
# The first version with the flag.
_SINCE = (23, 0)
_SECONDS = 60


class Verdict(t.NamedTuple):
    """``by`` is ``engine`` or ``schema``, with ``note`` on why not the engine. ``fault`` is what it objects to."""

    by: str
    note: str
    fault: t.Optional[str]


def remapping(daemon: LocalDaemon, candidate: bytes) -> str:
    """The value of userns-remap with which the engine would start."""
    given = daemon.flags.of_key("userns-remap")
    value = read_daemon_json(candidate, daemon.version).settings.get("userns-remap")
    return str(value or (given[-1].text if given else ""))


def remapping_fault(host: Host, daemon: LocalDaemon, candidate: bytes) -> str | None:
    """Why remapping keeps the engine or all containers from starting, or leaves user namespaces off; None otherwise.

    No engine says so in time: before 26 validation does not look, and later ones would change the host by looking.
    """
    remap = remapping(daemon, candidate)
    if not remap:
        return None
    resolved = resolve(host, remap)
    # The engine creates this user, and adds ranges to both files; it starts only if it can read them.
    created = created_by_engine(remap, resolved)
    fault = None if created else resolved["fault"]
    fault = fault or _ranges_fault(host, daemon, str(resolved["user"]), resolved["uid"]) or namespaces_fault(host)
    return None if fault is None else f"userns-remap: {fault}"


def _ranges_fault(host: Host, daemon: LocalDaemon, user: str, uid: int | None) -> str | None:
    """Why the engine would not start with the ranges of the user, or take root of the host for one of them."""
    try:
        maps = maps_of_host(host)
    except Unread as gap:
        return gap.reason
    majors = [daemon.version[0]] if daemon.version else [idmap.LENIENT_ENGINE - 1, idmap.LENIENT_ENGINE]
    for path, key in (("/etc/subuid", "uid_map"), ("/etc/subgid", "gid_map")):
        try:
            text = host.read_text(path)
        except Unread as gap:
            return f"{path} does not exist, and the engine does not start" if gap.kind == "absent" else gap.reason
        for major in majors:
            reading = reading_of(text, user, uid, major)
            if reading.fault is not None:
                return f"{path}: {reading.fault}"
            missing = missing_fault(maps[key], reading.ranges) if maps is not None else None
            if missing is not None:
                return f"{path}: {missing}"
            first = next(iter(reading.ranges), None)
            if first is not None and first.start == 0:
                return f"{path}: line {first.line} makes root of every container root of the host"
    return None


def limits_fault(host: Host, daemon: LocalDaemon, candidate: bytes) -> str | None:
    """Why no container would start with the default limits: one is above the daemon's own, which it may not raise."""
    wanted = read_daemon_json(candidate, daemon.version).settings.get("default-ulimits")
    if not isinstance(wanted, dict) or daemon.process is None:
        return None
    try:
        rights = re.search(
            r"^CapEff:\s+([0-9a-f]+)$", host.read_text(f"/proc/{daemon.process.pid}/status"), re.MULTILINE
        )
        own = host.read_text(f"/proc/{daemon.process.pid}/limits")
    except Unread:
        return None
    if rights is None or int(rights.group(1), 16) >> _CAP_SYS_RESOURCE & 1:
        return None
    for key, entry in wanted.items():
        fields = {str(name).casefold(): value for name, value in entry.items()} if isinstance(entry, dict) else {}
        title = _LIMITS.get(str(fields.get("name", "")).casefold())
        limit = re.search(rf"^{title}\s+\S+\s+(\d+)\s", own, re.MULTILINE) if title else None
        hard = fields.get("hard")
        if limit is not None and isinstance(hard, int) and (hard < 0 or hard > int(limit.group(1))):
            return (
                f"default-ulimits: {key} is above the daemon's own limit ({limit.group(1)}), which it has no right to "
                "raise, so that no container starts"
            )
    return None


def why_not(host: Host, daemon: LocalDaemon, candidate: bytes) -> str | None:
    """Why the engine must not or cannot be asked, or None."""
    if daemon.program is None:
        return "the program dockerd was not found"
    if daemon.version is None:
        return "the engine's version is not known"
    if daemon.version < _SINCE:
        return "engines before 23.0 cannot validate a configuration"
    remap = remapping(daemon, candidate)
    if not remap:
        return None
    # Validating would create the user and write its ranges.
    if remap == "default":
        return "validating userns-remap: default would create the user dockremap and its ranges"
    resolved = resolve(host, remap)
    if resolved["uid"] is None or resolved["gid"] is None:
        return f"validating would try to resolve userns-remap: {remap}, and {resolved['fault']}"
    for path in ("/etc/subuid", "/etc/subgid"):
        try:
            table = idmap.parse(host.read_text(path))
        except Unread as gap:
            return gap.reason
        if not any(entry.owner in (str(resolved["user"]), str(resolved["uid"])) for entry in table.ranges):
            return f"{resolved['user']} has no range in {path}"
    return None


def validate(host: Host, daemon: LocalDaemon, candidate: bytes, path: str) -> Verdict:
    """Ask the engine about the candidate at ``path``, with the flags with which the daemon starts next."""
    reason = why_not(host, daemon, candidate)
    if reason is not None:
        return Verdict("schema", reason, None)
    command = [t.cast(str, daemon.program), "--validate", f"--config-file={path}", *_other_flags(daemon)]
    try:
        result = host.run(*command, seconds=_SECONDS)
    except Unread as gap:
        late = f"dockerd --validate did not end within {_SECONDS} seconds"
        return Verdict("schema", late if gap.kind == "timeout" else gap.reason, None)
    if result.status == 0:
        return Verdict("engine", "", None)
    lines = [line.strip() for line in (result.error + "\n" + result.output).splitlines() if line.strip()]
    return Verdict("engine", "", (lines[-1] if lines else f"status {result.status}").replace(path, daemon.config_path))


def _other_flags(daemon: LocalDaemon) -> list[str]:
    """The daemon's next arguments without those that choose the file or another errand."""
    kept: list[str] = []
    for flag in (daemon.next.flags or daemon.flags).flags:
        if flag.name in ("config-file", "validate", "version", "help"):
            continue
        kept.append(f"--{flag.name}={flag.text}")
    return kept
