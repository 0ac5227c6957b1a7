#!/usr/bin/python
# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: container_limits
short_description: Limit what running containers use, without making them anew
version_added: 0.1.0
author:
  - seawall.docker contributors (@seawall-docker)
description:
  - Gives running containers limits of memory, CPU, processes and block I/O, and a restart policy, by the update call of the
    Docker Engine. The containers run on, with the same processes.
  - Looks in the files of the kernel afterwards. A limit that the kernel does not hold is an error.
  - A limit that somebody changed in the kernel without the engine is set again.
  - If one of the containers cannot get the limits, no container is changed.
  - The limits are lost when a container is made anew, as C(docker compose up) does after a change. The result has the lines
    and options that keep them.
options:
  containers:
    description:
      - Names of containers, or patterns as of a shell, such as V(web-*). V(*) means all.
      - A name that is no pattern must be there. Containers that do not run are left as they are.
      - At least one of O(containers), O(labels) and O(compose_project) must be given. If several are, all must hold.
    type: list
    elements: str
    default: []
  labels:
    description: Labels that the containers have. A value of null means any value.
    type: dict
    default: {}
  compose_project:
    description: The compose project of the containers.
    type: str
  limits:
    description:
      - What is wanted. What is not named stays as it is.
      - The engine has no way to take away a limit of memory or CPU from a running container.
    type: dict
    required: true
    suboptions:
      memory:
        description:
          - Memory, such as V(512m) or V(1.5g).
          - Without O(limits.memory_swap), memory and swap together get twice as much, as the engine does for new containers.
        type: str
      memory_swap:
        description: Memory and swap together, or V(-1) for as much swap as there is. Needs O(limits.memory).
        type: str
      memory_reservation:
        description: Memory that the kernel leaves to the container while other containers need some.
        type: str
      cpus:
        description: How many CPUs it may use at once, such as V(1.5).
        type: float
      cpu_shares:
        description: The weight of its CPU time beside that of other containers. A container without has 1024.
        type: int
      cpuset_cpus:
        description: The CPUs on which it may run, such as V(0-2,5).
        type: str
      cpuset_mems:
        description: The memory nodes that it may use.
        type: str
      pids:
        description: How many processes and threads it may have, or V(-1) for no limit.
        type: int
      blkio_weight:
        description: The weight of its block I/O beside that of other containers, V(10) to V(1000).
        type: int
      restart_policy:
        description: V(no), V(always), V(unless-stopped), V(on-failure), or V(on-failure:5) for at most five times.
        type: str
  allow_below_use:
    description:
      - Set a limit also if the container uses more now. The kernel may then end its processes, or not let it start any.
      - Without it, such a limit is refused with the figures, and so is a container whose use is not known.
    type: bool
    default: false
  timeout:
    description: How many seconds the engine may take for each answer.
    type: int
    default: 30
  docker_host:
    description:
      - The unix socket of the engine of this host, such as V(unix:///var/run/docker.sock). Found by itself where it is
        not given.
    type: str
extends_documentation_fragment:
  - seawall.docker._attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
  platform:
    support: full
    platforms: posix
notes:
  - Needs root, or the user whose rootless engine it is.
seealso:
  - module: seawall.docker.cgroup_info
"""

EXAMPLES = r"""
---
- name: Give the containers of a compose project limits
  seawall.docker.container_limits:
    compose_project: shop
    limits:
      memory: 512m
      pids: 200
      restart_policy: on-failure:5
  become: true

- name: See what a limit for all containers would change
  seawall.docker.container_limits:
    containers: ["*"]
    limits:
      pids: 1000
  check_mode: true
  diff: true
  become: true

- name: Leave the second CPU to others
  seawall.docker.container_limits:
    labels:
      tier: batch
    limits:
      cpuset_cpus: "0"
      cpu_shares: 128
  become: true
"""

RETURN = r"""
---
containers:
  description:
    - The running containers that are meant, with what changed or would change. Sizes are in bytes, C(cpus) in CPUs.
    - C(why) of a change says what the kernel held, if the engine's record was as wanted already. C(use) is what the container
      used, memory without the file cache that the kernel can drop. C(bound_above) names limits of groups above the container
      that are tighter than its own. C(compose_lines) and C(run_options) keep the limits when the container is made anew.
  returned: success
  type: list
  elements: dict
  sample:
    - id: 7b0cfd1f5c5e1f0a4d0b4a3b1f5e6d7c8b9a0f1e2d3c4b5a69788796a5b4c3d2
      name: shop-web-1
      pid: 4711
      changes:
        - name: memory_bytes
          before: null
          after: 536870912
          why: ""
      use:
        memory_bytes: 31850496
        memory_swap_bytes: 31850496
        pids: 5
      bound_above: []
      compose_lines: ["services:", "  \"web\":", "    mem_limit: \"512m\"", "    memswap_limit: \"1g\""]
      run_options: ["--memory=512m", "--memory-swap=1g"]
      warnings: []
not_running:
  description: The names of containers that are meant and do not run. They were left as they are.
  returned: success
  type: list
  elements: str
  sample: [shop-migrate-1]
matching_nothing:
  description: The patterns of O(containers) that match no container of this host. A warning names them, too.
  returned: success
  type: list
  elements: str
  sample: []
"""

from ansible_collections.seawall.docker.plugins.module_utils._module.basic import AnsibleModule
from ansible_collections.seawall.docker.plugins.module_utils._container_limits.run import Request, run
from ansible_collections.seawall.docker.plugins.module_utils._container_limits.wanted import Selection
from ansible_collections.seawall.docker.plugins.module_utils._module.ending import run_and_exit

LIMITS = {
    "memory": {"type": "str"},
    "memory_swap": {"type": "str"},
    "memory_reservation": {"type": "str"},
    "cpus": {"type": "float"},
    "cpu_shares": {"type": "int"},
    "cpuset_cpus": {"type": "str"},
    "cpuset_mems": {"type": "str"},
    "pids": {"type": "int"},
    "blkio_weight": {"type": "int"},
    "restart_policy": {"type": "str"},
}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "containers": {"type": "list", "elements": "str", "default": []},
            "labels": {"type": "dict", "default": {}},
            "compose_project": {"type": "str"},
            "limits": {"type": "dict", "required": True, "options": LIMITS},
            "allow_below_use": {"type": "bool", "default": False},
            "timeout": {"type": "int", "default": 30},
            "docker_host": {"type": "str"},
        },
        supports_check_mode=True,
    )
    parameters = module.params
    labels = {str(key): None if value is None else str(value) for key, value in parameters["labels"].items()}
    request = Request(
        Selection(parameters["containers"], labels, parameters["compose_project"]),
        parameters["limits"],
        parameters["allow_below_use"],
        parameters["docker_host"],
        parameters["timeout"],
        module.check_mode,
    )
    run_and_exit(module, run, request)


if __name__ == "__main__":
    main()
