# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The option with which modules of this collection are given what other modules changed.

Private to this collection.
"""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
---
options:
  restore:
    description:
      - What other modules changed, as their results say in C(restore), in the order of the changes. Join the lists of
        M(seawall.docker.daemon_config), M(seawall.docker.subid) and M(seawall.docker.engine_restart). Of two entries about
        one file the first counts.
      - M(seawall.docker.engine_restart) restores the files of these entries if the restart fails.
        M(seawall.docker.undo) takes back all of them, also accounts and reloads.
      - Only the configuration file of the engine, C(/etc/subuid) and C(/etc/subgid) are restored. A copy must be a regular
        file of root in the directory of its file.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: A file that was changed.
        type: path
      backup_file:
        description: The copy to restore. Without it, the file did not exist before, and is removed.
        type: path
      user:
        description: A user that was created.
        type: str
      uid:
        description: The number of the user.
        type: int
      group:
        description: A group that was created.
        type: str
      gid:
        description: The number of the group.
        type: int
      reload:
        description:
          - The engine was reloaded. These are the facts that changed, as they were before. They must hold again after the
            reload that takes it back. Names and formats are those of RV(seawall.docker.engine_restart#module:engine).
        type: dict
"""
