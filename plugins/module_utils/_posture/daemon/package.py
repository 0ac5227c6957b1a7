# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a distribution built the engine: by the package that holds its program. A version number does not tell."""

from __future__ import annotations

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.daemon.options import Setup

# Packages of Debian, Ubuntu and their relatives; the vendor's is called docker-ce. Read as a file: no process is started.
_OF_DISTRIBUTIONS = ("docker.io", "moby-engine")


def distribution_package(context: Context, setup: Setup) -> str | None:
    """The distribution's package that holds the program of the daemon; None where none of dpkg's lists does."""
    if setup.process is None:
        raise Unread(setup.process_gap or "the daemon's process is not known")
    program = context.host.read_link(f"/proc/{setup.process.pid}/exe").replace(" (deleted)", "")
    for name in _OF_DISTRIBUTIONS:
        try:
            held = context.host.read_text(f"/var/lib/dpkg/info/{name}.list").splitlines()
        except Unread as gap:
            if gap.kind == "absent":
                continue
            raise
        # Lists of before the merge of /usr name the old directories.
        if any(program in (path, f"/usr{path}") for path in held):
            return name
    return None
