# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all modules share that prove something with a test container: options, and what they support.

Private to this collection.
"""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
---
options:
  docker_host:
    description:
      - The unix socket of the engine of this host, such as V(unix:///var/run/docker.sock). Without it, the module
        finds the socket.
    type: str
  timeout:
    description:
      - How many seconds the whole test may take. What was not seen within it is inconclusive.
      - If another module of this collection changes the host, the test waits that long for its end, and at most a minute.
        The result is then inconclusive and names the other run.
    type: int
    default: 60
attributes:
  action:
    support: full
    details:
      - The test runs on the host. The result is written on the controller by the user who runs Ansible.
  async:
    support: none
  bypass_host_loop:
    support: none
  check_mode:
    support: full
    details:
      - Checks whether the test is possible, but does not run it. RV(verdict) is then V(inconclusive).
  diff_mode:
    support: none
    details:
      - Everything is removed afterwards, so there is no diff.
  idempotent:
    support: full
    details:
      - Never counts as changed, since the host is the same afterwards.
  platform:
    support: full
    platforms: posix
"""
