# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which directories of the host are never given to containers, whoever names them."""

from __future__ import annotations

import os
import posixpath
import pwd
import stat
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.mounts import Mount, is_read_only, mount_of
from ansible_collections.seawall.docker.plugins.module_utils._migration import copy_checks
from ansible_collections.seawall.docker.plugins.module_utils._remake.bind_mounts import Use, within

# Of the system with all that is in them: programs, configuration, and what the kernel or a service keeps there.
SYSTEM = (
    *(
        "/bin",
        "/boot",
        "/dev",
        "/etc",
        "/lib",
        "/lib32",
        "/lib64",
        "/libx32",
        "/proc",
        "/root",
        "/run",
        "/sbin",
        "/sys",
        "/usr",
    ),
    *(
        "/var/lib/apt",
        "/var/lib/containerd",
        "/var/lib/dbus",
        "/var/lib/dpkg",
        "/var/lib/pacman",
        "/var/lib/private",
        "/var/lib/rpm",
    ),
    *("/var/lib/seawall.docker", "/var/lib/systemd", "/var/lock", "/var/run", "/var/spool/cron", "/var/log/journal"),
)
# Shared by many programs and users: they themselves, and not what is in them.
SHARED = (
    *(
        "/",
        "/home",
        "/media",
        "/mnt",
        "/opt",
        "/srv",
        "/tmp",
        "/var",
        "/var/backups",
        "/var/cache",
        "/var/lib",
        "/var/local",
    ),
    *("/var/log", "/var/mail", "/var/opt", "/var/spool", "/var/tmp"),
)
_NETWORK = (
    *(
        "9p",
        "afs",
        "ceph",
        "cifs",
        "coda",
        "fuse.glusterfs",
        "fuse.sshfs",
        "glusterfs",
        "gfs2",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
    ),
    *("ocfs2", "smb3", "smbfs", "virtiofs"),
)
_WITHOUT_OWNERS = ("exfat", "fuseblk", "hfsplus", "msdos", "ntfs", "ntfs3", "vfat")
_FIRST_USER, _NOBODY = 1000, 65534


def reasons_against(path: str, uses: t.List[Use], own: t.Sequence[str]) -> t.List[str]:
    """Return why a directory is not shifted. ``own`` are the directories of the engine and of the journal. Raises OSError."""
    status = os.lstat(path)
    if not stat.S_ISDIR(status.st_mode):
        return [f"{path} is no directory, or a symbolic link"]
    mounts = copy_checks.all_mounts()
    found = [reason for name in names_of(mounts, path) for reason in _of_system(path, name, own)]
    mount = mount_of(mounts, path)
    if mount is None:
        found.append(f"{path}: on which file system it is is not known")
    elif mount.file_system in _NETWORK or mount.file_system in _WITHOUT_OWNERS:
        found.append(
            f"{path} is on {mount.file_system}, where owners are decided elsewhere, or are none; change it there"
        )
    elif is_read_only(mount):
        found.append(f"{path} is on a file system that is mounted read-only")
    found += [
        f"{path}: a file system is mounted below it, on {one}; unmount it" for one in copy_checks.mounts_below(path)
    ]
    outside = sorted(
        {use.container for use in uses if use.outside and (within(use.source, path) or within(path, use.source))}
    )
    if outside:
        found.append(f"{path} is also used by {', '.join(outside)}, whose users stay those of the host")
    return found


def names_of(mounts: t.List[Mount], path: str) -> t.List[str]:
    """Return all paths that lead to a directory: it may be mounted from another place of the same file system. Pure."""
    mount = mount_of(mounts, path)
    if mount is None:
        return [path]
    inner = posixpath.normpath(posixpath.join(mount.root, posixpath.relpath(path, mount.mount_point)))
    found = {path: None}
    for one in mounts:
        if one.device_number == mount.device_number and within(inner, one.root):
            found[posixpath.normpath(posixpath.join(one.mount_point, posixpath.relpath(inner, one.root)))] = None
    return list(found)


def _of_system(path: str, name: str, own: t.Sequence[str]) -> t.Iterator[str]:
    said = path if name == path else f"{path} is another name of {name}, which"
    for directory in own:
        if within(name, directory) or within(directory, name):
            yield f"{said} is, holds or lies in {directory}, a directory of the engine or of this collection"
            return
    for directory in SYSTEM:
        if within(name, directory) or within(directory, name):
            yield f"{said} is, holds or lies in {directory}, a directory of the system"
            return
    if name in SHARED:
        yield f"{said} is shared by many programs and users; mount a directory in it, and name that"
    for user in pwd.getpwall():
        people = user.pw_uid == 0 or (user.pw_uid >= _FIRST_USER and user.pw_uid != _NOBODY)
        if people and user.pw_dir.startswith("/") and user.pw_dir != "/" and within(user.pw_dir, name):
            yield f"{said} is or holds the home directory of {user.pw_name}"
            return
