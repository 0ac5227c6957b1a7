#!/usr/bin/python
# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: cgroup_info
short_description: Gather control groups of a Docker host, and the limits of containers that the kernel enforces
version_added: 0.1.0
author:
  - seawall.docker contributors (@seawall-docker)
description:
  - Gathers the version, driver and controllers of control groups, and for each container every limit as it was configured
    and as the kernel enforces it.
  - A configured limit is not always in force. If a controller is missing, the engine ignores the limit, and root can change
    the files of the kernel without the engine. A limit of a parent group applies, too. Therefore the smallest limit of all
    groups counts, and RV(cgroup.containers) names its file.
  - The counts of the kernel in C(held_back) show whether limits have an effect, by the periods in which a container had to wait
    for CPU time, and by processes that were killed or not started. C(use) has what it uses now, and the most that it used.
  - A fact that cannot be read is missing in the result. RV(unread) names it, with the reason.
  - If the engine is absent, stopped or does not answer, the module does not fail. See RV(engine).
extends_documentation_fragment:
  - seawall.docker._connection
  - seawall.docker._attributes
  - seawall.docker._attributes.info_module
seealso:
  - module: seawall.docker.posture_info
  - module: seawall.docker.daemon_info
  - module: seawall.docker.userns_info
"""

EXAMPLES = r"""
---
- name: Gather the limits of all containers
  seawall.docker.cgroup_info:
  register: result
  become: true

- name: Show the containers without an enforced memory limit
  ansible.builtin.debug:
    msg: "{{ result.cgroup.containers | selectattr('limits.memory_bytes.enforced', 'defined')
      | selectattr('limits.memory_bytes.enforced', 'none') | map(attribute='name') }}"

- name: Show the containers whose enforced memory limit is not the configured one
  ansible.builtin.debug:
    msg: "{{ result.cgroup.containers | selectattr('limits.memory_bytes.verdict', 'defined')
      | selectattr('limits.memory_bytes.verdict', 'in', ['differs', 'not_enforced']) | map(attribute='name') }}"
"""

RETURN = r"""
---
cgroup:
  description:
    - The section C(cgroup) of the posture. All keys are described in the collection's C(docs/posture.md).
    - Missing if nothing of it could be read.
  returned: when something of it could be read
  type: dict
  contains:
    version:
      description: The version of control groups that the limits of containers use.
      returned: when it is known
      type: int
      sample: 2
    mode:
      description: How the host mounts control groups, one of V(unified), V(legacy) or V(hybrid).
      returned: when it is known
      type: str
      sample: unified
    driver:
      description: How the engine makes groups, one of V(systemd), V(cgroupfs) or V(none).
      returned: when the engine answered
      type: str
      sample: systemd
    mount:
      description: Where control groups are mounted.
      returned: when it is known
      type: str
      sample: /sys/fs/cgroup
    controllers:
      description: For each controller, whether the kernel uses it, and whether groups of containers get it.
      returned: when it is known
      type: dict
      sample:
        cpu:
          mounted: true
          delegated: true
        memory:
          mounted: true
          delegated: true
    daemon_parent:
      description: The daemon's option C(cgroup-parent). Empty means the default of the driver.
      returned: when it is known
      type: str
      sample: ""
    daemon_slice:
      description:
        - What the role remediate wrote for the slice C(daemon_parent) (C(settings), null if nothing), and whether systemd has read
          it (C(loaded)). Null if the parent of containers is no slice that was configured.
      returned: when it is known
      type: dict
      sample: null
    containers:
      description:
        - Every container, ordered by name. C(verdict) is one of V(equal), V(differs), V(not_enforced), V(unlimited),
          and V(undeclared) if the kernel enforces a limit that the container did not configure.
        - For a stopped container only C(declared) is known.
        - If control groups v2 use a weight for CPU shares, C(expected) is the range of weights that match the shares.
      returned: when the engine answered
      type: list
      elements: dict
      sample:
        - id: f666dffd14f11d157ea5fb1989e042aa1f10fa513682a5f16a0eafb7c6e04a00
          name: web
          running: true
          path:
            unified: /system.slice/docker-f666dffd14f1.scope
          limits:
            memory_bytes:
              declared: null
              enforced: null
              limited_by: null
              verdict: unlimited
            cpu_shares:
              declared: 512
              enforced: 20
              limited_by: /system.slice/docker-f666dffd14f1.scope/cpu.weight
              verdict: equal
            pids:
              declared: null
              enforced: 2346
              limited_by: /system.slice/docker-f666dffd14f1.scope/pids.max
              verdict: undeclared
          device_limits:
            - device: /dev/sda
              number: "8:0"
              limit: write_bps
              declared: 1048576
              enforced: 1048576
              verdict: equal
          network_marks: null
          use:
            memory_bytes: 3145728
            memory_peak_bytes: 9437184
            pids: 2
            pids_peak: null
            cpu_seconds: 1.204
          held_back:
            cpu_periods: 120
            cpu_periods_throttled: 7
            cpu_seconds_throttled: 0.318
            memory_limit_hits: 0
            oom_kills: 0
            pids_refused: 0
            pressure:
              cpu: 0.12
              memory: 0.0
              io: 0.0
          unread: {}
unread:
  description: Facts that could not be read, by dotted name, with the reason.
  returned: success
  type: dict
  sample:
    cgroup.driver: not permitted to read /var/run/docker.sock, which needs root
engine:
  description: Which engine was asked, and whether it answered.
  returned: success
  type: dict
  sample:
    state: running
    reason: null
    address: unix:///var/run/docker.sock
    address_origin: default
    local: true
    owner:
      uid: 0
      name: root
      relation: root
    user_engines: []
    other_daemons: []
"""

from ansible_collections.seawall.docker.plugins.module_utils._module.arguments import connection_arguments, open_context
from ansible_collections.seawall.docker.plugins.module_utils._module.basic import AnsibleModule
from ansible_collections.seawall.docker.plugins.module_utils._posture.section import gather_section


def main() -> None:
    module = AnsibleModule(argument_spec=connection_arguments(), supports_check_mode=True)
    context = open_context(module)
    result = gather_section(context, "cgroup")
    context.close()
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
