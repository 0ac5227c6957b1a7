#!/usr/bin/python
# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: migration_recreate
short_description: Make containers, networks and volumes again under another user mapping
version_added: 0.1.0
author:
  - seawall.docker contributors (@seawall-docker)
description:
  - Makes again what M(seawall.docker.migration_record) wrote down, after C(userns-remap) was switched on. Networks, volumes and
    containers get the configuration that they had, with addresses, names, ports, restart policies, labels, health checks and
    anonymous volumes.
  - Starts the containers that ran before, in their order, waits for their health, and proves by the kernel that their root user is
    another user of the host. It does so again after the engine was switched back and forth, but for a container that came to its end
    with status 0 and has no restart policy.
  - Makes and starts no container while M(seawall.docker.migration_owners) has shifted the owners of a directory only in part.
  - It can be killed and run again at any point. What it made is known from a record in the journal, not from names or labels. What
    somebody else made under the same name is neither used nor removed; the module fails.
options:
  state:
    description:
      - V(present) makes what O(stage) says.
      - V(absent) stops and removes the containers and networks that were made from the journal. What the engine had before is
        not touched.
    type: str
    choices: [present, absent]
    default: present
  stage:
    description:
      - How far to go. V(volumes) makes networks and volumes. Copy the data with M(seawall.docker.migration_copy) then, see
        RV(volumes).
      - V(containers) makes the containers as well. It fails if the data of a volume was not copied yet.
      - V(running) starts them.
    type: str
    choices: [volumes, containers, running]
    default: running
  remove_volumes:
    description: With O(state=absent), remove the volumes as well, with all that was written to them.
    type: bool
    default: false
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
attributes:
  diff_mode:
    details:
      - A difference would show secrets.
notes:
  - A network keeps the name of its bridge, since the bridge of the engine before stays in the kernel. It is set as the option
    C(com.docker.network.bridge.name).
  - A container whose address was given by the engine gets one again, which may be another one.
  - What was written into a container itself, and not into a volume, is not taken along.
  - Anonymous volumes keep their names. C(docker rm --volumes) does not remove them any more.
seealso:
  - module: seawall.docker.migration_record
  - module: seawall.docker.migration_images
  - module: seawall.docker.migration_copy
"""

EXAMPLES = r"""
---
- name: Make networks and volumes
  seawall.docker.migration_recreate:
    stage: volumes
  register: made
  become: true

- name: Copy the data of each volume
  seawall.docker.migration_copy:
    source: "{{ item.source }}"
    destination: "{{ item.destination }}"
    uid_map:
      - inside: 0
        outside: 100000
        count: 65536
  loop: "{{ made.volumes }}"
  register: copied
  until: copied is failed or copied.state != 'running'
  retries: 1000
  delay: 1
  become: true

- name: Make the containers and start those that ran
  seawall.docker.migration_recreate:
  register: started
  until: started is failed or started.state != 'waiting'
  retries: 10
  become: true
"""

RETURN = r"""
---
state:
  description: V(made), V(running), V(waiting) if a container is not healthy yet, or V(absent).
  returned: success
  type: str
  sample: running
journal:
  description: The directory of the journal.
  returned: success
  type: str
  sample: /var/lib/seawall.docker/migration
root_uid:
  description: The user of the host who is root in the containers.
  returned: success
  type: int
  sample: 100000
networks:
  description: The names of the networks.
  returned: success
  type: list
  elements: str
  sample: [shop_default]
volumes:
  description: The volumes whose data is to be copied. C(destination) is V(null) if they are not made yet.
  returned: success
  type: list
  elements: dict
  sample:
    - name: shop_data
      source: /var/lib/docker/volumes/shop_data/_data
      destination: /var/lib/docker/100000.100000/volumes/shop_data/_data
containers:
  description:
    - The containers. C(id) is V(null) if one is not made yet.
    - C(state) is V(up), V(ended) if it came to its end with status 0, V(coming) or V(failed), C(why) says more. Of a container that
      did not run before it is V(null).
    - C(uid_map) is what the kernel shows. C(differences) names options that the container has otherwise than before, C(warnings)
      are those of the engine.
  returned: success
  type: list
  elements: dict
  sample:
    - name: shop-web-1
      old_id: 7b0cfd1f5c5e1f0a4d0b4a3b1f5e6d7c8b9a0f1e2d3c4b5a69788796a5b4c3d2
      id: 0f1e2d3c4b5a69788796a5b4c3d27b0cfd1f5c5e1f0a4d0b4a3b1f5e6d7c8b9a
      outside: false
      was_running: true
      running: true
      state: up
      why: ""
      health: healthy
      uid_map:
        - inside: 0
          outside: 100000
          count: 65536
      differences: []
      warnings: []
"""

from ansible_collections.seawall.docker.plugins.module_utils._module.basic import AnsibleModule
from ansible_collections.seawall.docker.plugins.module_utils._module.ending import run_and_exit
from ansible_collections.seawall.docker.plugins.module_utils._remake.journal import OPTIONS
from ansible_collections.seawall.docker.plugins.module_utils._remake.recreate_run import STAGES, Request, run


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "stage": {"type": "str", "choices": list(STAGES), "default": "running"},
            "remove_volumes": {"type": "bool", "default": False},
            "wait": {"type": "int", "default": 60},
            **OPTIONS,
        },
        supports_check_mode=True,
    )
    asked = module.params
    request = Request(
        asked["journal"],
        asked["state"],
        asked["stage"],
        asked["remove_volumes"],
        asked["wait"],
        asked["docker_host"],
        asked["timeout"],
        module.check_mode,
    )
    run_and_exit(module, run, request)


if __name__ == "__main__":
    main()
