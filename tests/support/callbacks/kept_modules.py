# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Has the runs of Ansible of one test process share the archives of modules that each of them would otherwise make anew."""

from __future__ import annotations

import hashlib
import os

from ansible import constants
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = r"""
---
name: kept_modules
type: notification
short_description: Keep the archives of modules for the next run
description:
  - Ansible finds out by the syntax tree of each file what a module imports, once for each module and run, and keeps the archive
    in its temporary directory. This has it keep the archives in the directory that the environment variable SEAWALL_MODULES names.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "kept_modules"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self) -> None:
        super().__init__()
        kept = os.environ["SEAWALL_MODULES"]
        # Another user, or a host that does not see the directory, makes archives of its own.
        if os.access(kept, os.W_OK):
            # A collection elsewhere is another one.
            paths = os.environ.get("ANSIBLE_COLLECTIONS_PATH", "").encode()
            place = os.path.join(kept, hashlib.sha256(paths).hexdigest()[:16])
            os.makedirs(place, exist_ok=True)
            os.symlink(place, os.path.join(constants.DEFAULT_LOCAL_TMP, "ansiballz_cache"))
