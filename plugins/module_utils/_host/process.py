# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the kernel shows of the first process of a container, independent of its configuration."""

from __future__ import annotations

import functools
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Facts, Unread

NAMESPACES = ("cgroup", "ipc", "mnt", "net", "pid", "user", "uts")

# By bit number: include/uapi/linux/capability.h.
CAPABILITIES = (
    "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE "
    "NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT "
    "SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP "
    "MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE"
).split()


def process_facts(
    host: Host, pid: int, status: dict[str, str], host_namespaces: t.Callable[[], dict[str, str]]
) -> dict[str, t.Any]:
    """``seccomp_mode`` (0 off, 1 strict, 2 filter), ``no_new_privileges``, ``capabilities`` (effective and bounding,
    sorted names), ``user_id`` as the host sees it, ``shares_host_namespace`` (a map of namespace to bool), by comparison
    with ``host_namespaces``, those that the engine calls the host's, and ``security_label``. ``status`` is that of the
    process.

    Single facts that need root are missing with their reason.
    """
    facts = Facts(
        seccomp_mode=_number(status, "Seccomp"),
        no_new_privileges=_number(status, "NoNewPrivs") == 1,
        capabilities={
            "effective": capabilities_of(status.get("CapEff", "0")),
            "bounding": capabilities_of(status.get("CapBnd", "0")),
        },
        user_id=int(status.get("Uid", "0").split()[0]),
    )
    if "NoNewPrivs" not in status:
        facts.values.pop("no_new_privileges")
        facts.miss("no_new_privileges", "the kernel does not show NoNewPrivs (older than 4.10)")
    if facts.values["seccomp_mode"] is None:
        facts.values.pop("seccomp_mode")
        facts.miss("seccomp_mode", "the kernel does not show Seccomp (built without it)")
    facts.take("shares_host_namespace", lambda: shared_namespaces(host, pid, host_namespaces()))
    facts.take("security_label", lambda: security_label(host, pid))
    return facts.document()


def security_label(host: Host, pid: int) -> str | None:
    """What the kernel's security module confines the process to, such as ``docker-default (enforce)``; None where there
    is no module, or one that labels nothing."""
    try:
        text = host.read_text(f"/proc/{pid}/attr/current", 4096)
    except Unread as gap:
        if gap.kind == "failed":
            return None  # the kernel refuses the read where no module answers it
        raise
    return text.rstrip("\n\0") or None


def process_ids(host: Host) -> list[int]:
    """Return the processes that this process is shown, in order. Raises Unread."""
    return sorted(int(name) for name in host.list_directory("/proc") if name.isdigit())


def process_status(host: Host, pid: int) -> dict[str, str]:
    """The lines of ``/proc/PID/status`` as a map."""
    # A process names itself, and the kernel escapes line feeds alone.
    lines = host.read_text(f"/proc/{pid}/status").split("\n")
    return {key: value.strip() for key, colon, value in (line.partition(":") for line in lines) if colon}


def process_status_value(host: Host, pid: int, key: str) -> str:
    """One value of ``/proc/PID/status``; empty where the kernel shows none. Raises Unread."""
    text = f"\n{host.read_text(f'/proc/{pid}/status')}\n"
    start = text.rfind(f"\n{key}:") + 1
    return text[start + len(key) + 1 : text.index("\n", start)].strip() if start else ""


def stat_fields(host: Host, pid: int) -> list[str]:
    """The fields of ``/proc/PID/stat`` after the name of the program: the state is the first. Raises Unread."""
    # The name, in parentheses, may hold spaces and parentheses itself.
    return host.read_text(f"/proc/{pid}/stat", 4096).rpartition(")")[2].split()


def read_groups(host: Host, pid: int) -> str:
    """The control groups of a process, a line for each hierarchy. Raises Unread."""
    return host.read_text(f"/proc/{pid}/cgroup")


def namespaces_of(host: Host, pid: int) -> dict[str, str]:
    """The namespaces of a process by their kind; a kind that this kernel does not have is left out. Raises Unread."""
    found = {}
    for kind in NAMESPACES:
        try:
            found[kind] = host.read_link(f"/proc/{pid}/ns/{kind}")
        except Unread as gap:
            if gap.kind != "absent":
                raise
    return found


def shared_namespaces(host: Host, pid: int, namespaces: dict[str, str]) -> dict[str, bool]:
    """For each kind of namespace, whether the process is in this one."""
    return {kind: host.read_link(f"/proc/{pid}/ns/{kind}") == own for kind, own in namespaces.items()}


def capabilities_of(mask: str) -> list[str]:
    """The names in a hexadecimal capability mask, sorted; bits without a name as ``CAP_n``."""
    return list(_capabilities_of(mask))


@functools.lru_cache(maxsize=64)  # most processes have the engine's default
def _capabilities_of(mask: str) -> tuple[str, ...]:
    bits = int(mask, 16)
    held = [bit for bit in range(bits.bit_length()) if bits >> bit & 1]
    return tuple(sorted(CAPABILITIES[bit] if bit < len(CAPABILITIES) else f"CAP_{bit}" for bit in held))


def _number(status: dict[str, str], key: str) -> int | None:
    value = status.get(key, "")
    return int(value) if value.isdigit() else None
