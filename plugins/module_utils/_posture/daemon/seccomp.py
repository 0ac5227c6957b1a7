# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The seccomp profile that the daemon gives to containers which name none."""

from __future__ import annotations

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context, Document
from ansible_collections.seawall.docker.plugins.module_utils._daemon.start_times import (
    changed_at,
    unchanged_since_start,
)
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.daemon import engine_info
from ansible_collections.seawall.docker.plugins.module_utils._posture.daemon.options import Setup
from ansible_collections.seawall.docker.plugins.module_utils._posture.seccomp import profile_kind


def daemon_profile(context: Context, setup: Setup | None) -> Document:
    """``name`` as the engine shows it, and its ``kind``. Raises Unread.

    ``unconfined`` is a daemon without a profile, or with one that forbids no dangerous system call.
    """
    name = engine_info.security_options(context.info(), engine_info.engine_version(context))["seccomp"]
    if name in (None, "", "unconfined"):
        return {"name": name, "kind": "unconfined"}
    if name in ("default", "builtin"):
        return {"name": name, "kind": "builtin"}
    context.require_local()
    process = setup.process if setup is not None else None
    if process is None or process.started is None:
        raise Unread(f"it is not known whether {name} is still as it was when the daemon read it")
    path = f"{process.root}{name}"
    # The daemon reads it when it starts.
    if not unchanged_since_start(context, process.pid, changed_at(context.host, path)):
        raise Unread(f"{name} was changed after the daemon started, so it is not known which profile containers get")
    return {"name": name, "kind": profile_kind(context.host.read_text(path))}
