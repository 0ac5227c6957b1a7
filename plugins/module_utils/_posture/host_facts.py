# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Collect the host: system, kernel, security modules, the place of the data root, and the users of the API socket."""

from __future__ import annotations

import posixpath
import shlex

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context, Document
from ansible_collections.seawall.docker.plugins.module_utils._host.model import Account, Group
from ansible_collections.seawall.docker.plugins.module_utils._host.mounts import Mount, mount_of, parse_mountinfo
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Facts, Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.files import access_list, places
from ansible_collections.seawall.docker.plugins.module_utils._posture.files.members import all_listed, members_of
from ansible_collections.seawall.docker.plugins.module_utils._posture.own_addresses import own_addresses, own_names

# Directories that many systems keep as links, and by which rules and policies name paths.
_USUAL_LINKS = ("/bin", "/lib", "/lib32", "/lib64", "/sbin", "/var/lock", "/var/run")


def collect(context: Context) -> Document:
    """Gather facts of this host. For a remote engine only the path of its data root is known."""
    facts = Facts()
    facts.take("os", lambda: _os_release(context))
    facts.take("kernel", lambda: _local_text(context, "/proc/sys/kernel/osrelease"))
    facts.take("security_modules", lambda: _security_modules(context))
    facts.take("apparmor_enabled", lambda: _apparmor(context))
    facts.take("selinux", lambda: _selinux(context))
    facts.take("pid_max", lambda: _pid_max(context))
    facts.take("data_root", lambda: _data_root(context))
    facts.take("links", lambda: _links(context))
    facts.take("api_groups", lambda: _api_groups(context))
    facts.take("own_addresses", lambda: own_addresses(context))
    facts.take("own_names", lambda: own_names(context, facts.values.get("own_addresses", [])))
    return facts.document()


def _local_text(context: Context, path: str) -> str:
    context.require_local()
    return context.host.read_text(path, 65536).strip()


def _os_release(context: Context) -> Document:
    for path in ("/etc/os-release", "/usr/lib/os-release"):
        try:
            values = parse_os_release(_local_text(context, path))
        except Unread as gap:
            if gap.kind == "absent":
                continue
            raise
        return {
            "id": values.get("ID", "linux"),
            "like": values.get("ID_LIKE", "").split(),
            "version": values.get("VERSION_ID"),
            "name": values.get("PRETTY_NAME") or values.get("NAME", "Linux"),
        }
    raise Unread("this host has no os-release file")


def parse_os_release(text: str) -> dict[str, str]:
    """Parse lines ``KEY=value`` with the quotes of a shell. Ignore a line that a shell would not accept."""
    values = {}
    for line in text.split("\n"):
        key, equals, value = line.strip().partition("=")
        if not equals or key.startswith("#"):
            continue
        try:
            values[key] = " ".join(shlex.split(value))[:200]
        except ValueError:
            continue
    return values


def _links(context: Context) -> dict[str, str]:
    """Return where the usual links lead. Directories that are not links are left out."""
    context.require_local()
    found = {path: context.host.real_path(path) for path in _USUAL_LINKS}
    return {path: real for path, real in found.items() if real != path}


def _security_modules(context: Context) -> list[str]:
    try:
        text = _local_text(context, "/sys/kernel/security/lsm")
    except Unread as gap:
        if gap.kind == "absent":
            raise Unread("securityfs is not mounted: /sys/kernel/security/lsm does not exist") from None
        raise
    return [name for name in text.split(",") if name]


def _apparmor(context: Context) -> bool:
    """Return whether the kernel enforces AppArmor profiles. A kernel without the module does not."""
    try:
        return _local_text(context, "/sys/module/apparmor/parameters/enabled") == "Y"
    except Unread as gap:
        if gap.kind == "absent":
            return False
        raise


def _selinux(context: Context) -> str:
    """Return ``enforcing``, ``permissive`` or ``disabled``. The kernel has the file system selinuxfs only if SELinux is on."""
    try:
        return "enforcing" if _local_text(context, "/sys/fs/selinux/enforce") == "1" else "permissive"
    except Unread as gap:
        if gap.kind != "absent":
            raise
    if "selinuxfs" in _local_text(context, "/proc/filesystems").split():
        raise Unread("SELinux is on, but selinuxfs is not mounted: its mode cannot be seen")
    return "disabled"


def _pid_max(context: Context) -> int:
    text = _local_text(context, "/proc/sys/kernel/pid_max")
    if not text.isdigit():
        raise Unread("the kernel's highest process number is no number")
    return int(text)


def _data_root(context: Context) -> Document:
    path = places.data_root(context)
    facts = Facts(path=path)
    try:
        context.require_local()
        real_path = context.host.real_path(path)
        facts.values["real_path"] = real_path
        facts.take("free_bytes", lambda: context.host.free_bytes(path))
        facts.take("entries", lambda: context.host.list_directory(real_path, _MAX_ENTRIES))
        facts.take("parents", lambda: _parents(context.host, real_path))
        mounts = _mounts(context)
        facts.values.update(mount_facts(mounts, real_path))
    except Unread as gap:
        for key in ("real_path", "free_bytes", "entries", "parents", *_MOUNT_KEYS):
            if key not in facts.values and key not in facts.unread:
                facts.miss(key, gap.reason)
    return facts.document()


# Engines keep some fifteen names there, and one more for each mapping of users that they worked with.
_MAX_ENTRIES = 1000
_DEEPEST = 40


def _parents(host: Host, path: str) -> list[Document]:
    """Return the directories above a path with their modes, the nearest first."""
    if path.count("/") > _DEEPEST:
        raise Unread(f"more than {_DEEPEST} directories are above {path[:200]}")
    found = []
    while path != "/":
        path = posixpath.dirname(path)
        found.append({"path": path, "mode": format(host.stat(path).mode, "04o")})
    return found


_MOUNT_KEYS = ("mount_point", "device", "device_number", "file_system", "is_mount_point", "separate_from_root")


def _mounts(context: Context) -> list[Mount]:
    """Return the mounts as the daemon sees them, since it can have its own mount namespace."""
    try:
        return parse_mountinfo(context.host.read_text(f"/proc/{context.daemon_pid()}/mountinfo"))
    except Unread:
        return parse_mountinfo(context.host.read_text("/proc/self/mountinfo"))


def mount_facts(mounts: list[Mount], real_path: str) -> Document:
    """Return ``separate_from_root``, which says whether the path is on another file system than ``/``, and more. A
    mount point alone does not show it, since the engine mounts its data root onto itself if the mount above is not
    shared. Raises Unread if the table has no root."""
    mount, root = mount_of(mounts, real_path), mount_of(mounts, "/")
    if mount is None or root is None:
        raise Unread("the kernel's list of mounts does not show what is mounted on /")
    return {
        "mount_point": mount.mount_point,
        "device": mount.device,
        "device_number": mount.device_number,
        "file_system": mount.file_system,
        "is_mount_point": mount.mount_point == real_path,
        "separate_from_root": mount.mount_point != "/" and mount.device_number != root.device_number,
    }


def _api_groups(context: Context) -> list[Document]:
    """Return for each unix socket of the API the group that owns it, and all users who are in the group or have access
    by an access list."""
    accounts, groups = context.host.accounts(), context.host.groups()
    found = []
    for path in places.api_sockets(context):
        if path.startswith("@"):
            found.append(_everybody(path))  # it is no file, so the kernel lets everybody connect
            continue
        status = context.host.stat(path)
        named = context.host.group(status.gid)
        if named is not None and named not in groups:
            groups = [*groups, named]
        found.append(
            {
                "socket": path,
                "real_socket": context.host.real_path(path),
                "mode": format(status.mode, "04o"),
                "gid": status.gid,
                "group": named.name if named else None,
                "members": _with_access_list(context, path, members_of(status.gid, accounts, groups), accounts, groups),
                "members_complete": all_listed(context),
            }
        )
    return found


def _everybody(path: str) -> Document:
    open_to_all: Document = {"socket": path, "real_socket": path, "mode": "0777", "gid": None, "group": None}
    return {**open_to_all, "members": [], "members_complete": True}


def _with_access_list(
    context: Context, path: str, members: list[Document], accounts: list[Account], groups: list[Group]
) -> list[Document]:
    """Return the members of the group, and the users whom the access list of the socket permits to write, that is to connect."""
    known = {member["name"]: {**member, "access_list": False} for member in members}
    for grant in access_list.grants(context.host, path):
        if not grant.rights & 2:
            continue
        let_in: list[Document] = []
        if grant.kind == "group":
            let_in = members_of(grant.number, accounts, groups)
        elif grant.kind == "user":
            account = context.host.account(grant.number)
            let_in = [{"name": account.name if account else str(grant.number), "uid": grant.number}]
        for one in let_in:
            absent = {"name": one["name"], "uid": one["uid"], "primary": False, "supplementary": False}
            known[one["name"]] = {**known.get(one["name"], absent), "access_list": True}
    return [known[name] for name in sorted(known)]
