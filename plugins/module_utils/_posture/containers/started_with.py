# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the configuration with which the engine told the runtime to start a container. Both keep it in a file on the
host.

A process can change its user, install a filter for system calls or drop privileges after its start. So the kernel can
show more safety than the engine gave. This record belongs to root, and no container can change it.
"""

from __future__ import annotations

import json
import posixpath

from ansible_collections.seawall.docker.plugins.module_utils._cgroup.first_process import first_process, parent_of
from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context, Document
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread


def started_with(context: Context, container: Document) -> Document:
    """Return ``user_id`` (in the container), ``no_new_privileges`` and ``seccomp``, which says whether there is a
    filter.

    The parent of the first process is the shim. Its working directory is the directory of the record, which has the id
    of the container as its name. No process of a container can become the parent of the first one.
    """
    pid = first_process(context, container).pid
    parent = parent_of(context, pid)
    directory = context.host.read_link(f"/proc/{parent}/cwd")
    if posixpath.basename(directory) != container["id"]:
        raise Unread(f"the parent {parent} of the container's first process does not work in the container's record")
    return parse_record(context.host.read_text(f"/proc/{parent}/cwd/config.json"), f"{directory}/config.json")


def parse_record(text: str, path: str) -> Document:
    """Return the facts of an OCI runtime configuration. Raises Unread if the text is none."""
    try:
        record = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unread(f"{path} is not valid JSON: {error}") from None
    process = record.get("process") if isinstance(record, dict) else None
    user = process.get("user") if isinstance(process, dict) else None
    user_id = user.get("uid") if isinstance(user, dict) else None
    if not isinstance(process, dict) or not isinstance(user_id, int) or isinstance(user_id, bool):
        raise Unread(f"{path} is no configuration of a container: process.user.uid is missing")
    linux = record.get("linux")
    return {
        "user_id": user_id,
        "no_new_privileges": process.get("noNewPrivileges") is True,
        "seccomp": isinstance(linux, dict) and bool(linux.get("seccomp")),
    }
