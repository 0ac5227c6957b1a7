#!/usr/bin/python
# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: migration_stop
short_description: Stop the containers of a journal before their data is copied, or start them again
version_added: 0.1.0
author:
  - seawall.docker contributors (@seawall-docker)
description:
  - Stops the containers that M(seawall.docker.migration_record) wrote down, those that need others first, so that nothing changes in
    their volumes any more.
  - Starts those that ran, in their order, and waits for their health. That is for a move that is given up, and for the way back.
  - Starts nothing while M(seawall.docker.migration_owners) has shifted the owners of a directory only in part.
  - Works with the containers that the engine had before. Those under the new user mapping are started by
    M(seawall.docker.migration_recreate).
options:
  state:
    description: What is wanted.
    type: str
    choices: [stopped, started]
    default: stopped
  wait:
    description:
      - How many seconds to wait until all containers are healthy. If they are not by then, the module succeeds with
        RV(state=waiting). Run it again to go on waiting.
    type: int
    default: 60
extends_documentation_fragment:
  - seawall.docker._attributes
  - seawall.docker._journal
  - seawall.docker._migration
seealso:
  - module: seawall.docker.migration_record
  - module: seawall.docker.migration_recreate
"""

EXAMPLES = r"""
---
- name: Stop the containers of the journal
  seawall.docker.migration_stop:
    state: stopped
  become: true
"""

RETURN = r"""
---
state:
  description: V(stopped), V(started), or V(waiting) if a container is not healthy yet.
  returned: success
  type: str
  sample: stopped
containers:
  description:
    - The containers. C(state) is V(up), V(ended) if it came to its end with status 0, V(coming) or V(failed), and C(why) says more. It
      is V(null) with O(state=stopped), in check mode, and for a container that did not run before.
  returned: success
  type: list
  elements: dict
  sample:
    - name: shop-web-1
      id: 7b0cfd1f5c5e1f0a4d0b4a3b1f5e6d7c8b9a0f1e2d3c4b5a69788796a5b4c3d2
      was_running: true
      running: false
      state: null
      why: ""
      health: null
others_running:
  description: With O(state=stopped), the names of containers that run and are not in the journal.
  returned: success
  type: list
  elements: str
  sample: [backup]
"""

from ansible_collections.seawall.docker.plugins.module_utils._module.basic import AnsibleModule
from ansible_collections.seawall.docker.plugins.module_utils._module.ending import run_and_exit
from ansible_collections.seawall.docker.plugins.module_utils._remake.journal import OPTIONS
from ansible_collections.seawall.docker.plugins.module_utils._remake.stop_run import Request, run


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["stopped", "started"], "default": "stopped"},
            "wait": {"type": "int", "default": 60},
            **OPTIONS,
        },
        supports_check_mode=True,
    )
    asked = module.params
    request = Request(
        asked["journal"], asked["state"], asked["wait"], asked["docker_host"], asked["timeout"], module.check_mode
    )
    run_and_exit(module, run, request)


if __name__ == "__main__":
    main()
