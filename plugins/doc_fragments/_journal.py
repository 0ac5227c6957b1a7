# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that all modules share which move what an engine has to another user mapping.

Private to this collection.
"""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
---
options:
  journal:
    description:
      - The directory of the journal, which M(seawall.docker.migration_record) makes with mode 0700. Only root may be able to
        change the directories above.
      - The images are saved there, too.
    type: path
    default: /var/lib/seawall.docker/migration
  docker_host:
    description:
      - The unix socket of the engine of this host, such as V(unix:///var/run/docker.sock). Found by itself where it is
        not given.
    type: str
  timeout:
    description:
      - How many seconds to wait for each answer of the engine. Images have the time that they take, and a container has the time
        for its end that it was given.
    type: int
    default: 30
"""
