# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The host that a module runs on, with an environment that the module alone decides."""

from __future__ import annotations

import os

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.seawall.docker.plugins.module_utils._host.commands import PROGRAM_DIRECTORIES, Begun
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host

# What a user session, the way over SSH and the temporary directory need. None of them names a program or a library.
_KEPT_VARIABLES = frozenset(("HOME", "USER", "LOGNAME", "LANG", "TZ", "TMPDIR", "XDG_RUNTIME_DIR", "SSH_AUTH_SOCK"))


def host_of(module: AnsibleModule) -> Host:
    """This host. Programs inherit the environment, which a user may have set before becoming root: it is emptied."""
    for name in list(os.environ):
        if name not in _KEPT_VARIABLES:
            del os.environ[name]
    os.environ["PATH"] = ":".join(PROGRAM_DIRECTORIES)
    return Host(module.run_command, Begun)
