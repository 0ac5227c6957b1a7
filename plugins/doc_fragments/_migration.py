# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What modules that move what an engine has to another user mapping support and need, and the id maps by which they shift.

Private to this collection.
"""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
---
options: {}
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
  idempotent:
    support: full
  platform:
    support: full
    platforms: posix
notes:
  - Needs root.
"""

    ID_MAPS = r"""
---
options:
  uid_map:
    description: The ids of users in containers, and those on the host that stand for them, as in C(/proc/PID/uid_map).
    type: list
    elements: dict
    suboptions: &extent
      inside:
        description: The first id in containers.
        type: int
        required: true
      outside:
        description: The first id on the host.
        type: int
        required: true
      count:
        description: How many ids follow each other.
        type: int
        required: true
  gid_map:
    description: The same for groups. Without it, O(uid_map) is used.
    type: list
    elements: dict
    suboptions: *extent
"""
