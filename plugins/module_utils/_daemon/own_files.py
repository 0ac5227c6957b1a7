# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find out whether a daemon in another mount namespace has the same files as this host.

``MountFlags=slave`` or ``PrivateTmp=yes`` in a unit give the daemon a mount namespace of its own with the same directories.
Other mounts can put another directory in the place of ``/etc/docker``, which cannot be changed from here.
"""

from __future__ import annotations

import posixpath

from ansible_collections.seawall.docker.plugins.module_utils._daemon.process import Process
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread


def sees_same_file(host: Host, process: Process | None, path: str) -> bool:
    """Return whether a file at the path is the same for the daemon and here, also one that is yet to be written.

    False also if this is not known.
    """
    if process is None or not process.root:
        return True
    try:
        place = host.real_path(path)
        # A single file can be mounted over, too.
        if _identity(host, place) != _identity(host, process.root + place):
            return False
        directory = posixpath.dirname(place)
        while _identity(host, directory) is None and directory != "/":
            if _identity(host, process.root + directory) is not None:
                return False
            directory = posixpath.dirname(directory)
        return _identity(host, directory) == _identity(host, process.root + directory)
    except Unread:
        return False


def _identity(host: Host, path: str) -> tuple[int, int] | None:
    """Return device and inode, None if there is no such file. Raises Unread."""
    try:
        status = host.stat(path)
    except Unread as gap:
        if gap.kind != "absent":
            raise
        return None
    return status.device, status.inode
