#!/usr/bin/python
# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: userns_info
short_description: Gather how a Docker Engine maps users of containers to users of the host
version_added: 0.1.0
author:
  - seawall.docker contributors (@seawall-docker)
description:
  - Gathers the configuration of user namespace remapping, the subordinate ids that it would use, what the running engine
    does, and the id maps of the first process of each running container.
  - Reads C(/etc/subuid) and C(/etc/subgid) as this version of the engine does. Docker Engine 28 and later read a start that
    is not a number as 0, which makes root in containers root on the host.
  - A fact that cannot be read is missing in the result. RV(unread) names it, with the reason.
  - If the engine is absent, stopped or does not answer, the module does not fail. See RV(engine).
extends_documentation_fragment:
  - seawall.docker._connection
  - seawall.docker._attributes
  - seawall.docker._attributes.info_module
seealso:
  - module: seawall.docker.posture_info
  - module: seawall.docker.daemon_info
  - module: seawall.docker.cgroup_info
  - name: Isolate containers with a user namespace
    description: What the engine's option userns-remap does.
    link: https://docs.docker.com/engine/security/userns-remap/
"""

EXAMPLES = r"""
---
- name: Gather the state of user namespaces
  seawall.docker.userns_info:
  register: result
  become: true

- name: Show the containers whose root is root of the host
  ansible.builtin.debug:
    msg: "{{ result.userns.containers | selectattr('root_is_host_root', 'defined') | selectattr('root_is_host_root')
      | map(attribute='name') }}"

- name: Require that the engine remaps, whatever its configuration says
  ansible.builtin.assert:
    that:
      - result.userns.effective.enabled or result.userns.effective.rootless

- name: Gather from a rootless engine
  seawall.docker.userns_info:
    docker_host: unix:///run/user/1000/docker.sock
"""

RETURN = r"""
---
userns:
  description:
    - The section C(userns) of the posture. All keys are described in the collection's C(docs/posture.md).
    - Missing if nothing of it could be read.
  returned: when something of it could be read
  type: dict
  contains:
    configured:
      description: The running daemon's value of the option C(userns-remap). Empty means off.
      returned: when it is known
      type: str
      sample: default
    origin:
      description: Where that value was set.
      returned: when it is known
      type: dict
      sample:
        kind: daemon.json
        source: /etc/docker/daemon.json
    user:
      description: The user of the value. The subordinate ids of this user are used. Null if remapping is off.
      returned: when it is known
      type: str
      sample: dockremap
    group:
      description: The group of the value. The engine looks it up, but does not use it. Null if remapping is off.
      returned: when it is known
      type: str
      sample: dockremap
    uid:
      description: The id of the user. Null if the user does not exist.
      returned: when it is known
      type: int
      sample: 103
    accounts:
      description:
        - The accounts of the host. RV(ignore:userns.accounts[].hindrance) says why containers must not be mapped to the account,
          null if they may be. A suitable account is a system account that cannot log in and shares its id with no other.
      returned: when they could be listed, and there are at most 1,000
      type: list
      elements: dict
      sample:
        - name: dockremap
          hindrance: null
    max_user_namespaces:
      description: How many user namespaces the kernel allows. With 0, an engine that remaps cannot start a container.
      returned: when it is known
      type: int
      sample: 63000
    own_ids:
      description:
        - The ids that the host itself has, if it runs in a user namespace of its own. C(uids) and C(gids) are lists of
          ranges with C(start) and C(end). Null if it has all.
      returned: when it is known
      type: dict
      sample: null
    gid:
      description: The id of the group. Null if the group does not exist.
      returned: when it is known
      type: int
      sample: 113
    fault:
      description:
        - Why the engine would not start with the value, or would turn user namespaces off. Null if there is no fault.
      returned: when it is known
      type: str
      sample: root cannot be remapped to itself, and the engine leaves user namespaces off
    effective:
      description:
        - What the running engine does. C(enabled) says whether remapping makes root in containers another user of the
          host. C(root_uid) is the id of that user.
      returned: when the engine answered
      type: dict
      sample:
        enabled: true
        rootless: false
        data_root: /var/lib/docker/100000.100000
        root_uid: 100000
        root_gid: 100000
    subuid:
      description:
        - The ranges of the user in C(/etc/subuid), as the engine reads them, the ranges of C(others), and all
          malformed lines of the file.
        - C(fault) says why the engine or the kernel would refuse the ranges, or is null.
      returned: when it could be read
      type: dict
      sample:
        path: /etc/subuid
        present: true
        ranges:
          - line: 1
            owner: dockremap
            start: 100000
            count: 65536
        size: 65536
        others: []
        fault: null
        malformed:
          - line: 2
            text: alice:abc:65536
            reason: the start 'abc' is not a number
        overlaps: []
        host_ids: []
        complete: true
    subgid:
      description: The same for C(/etc/subgid).
      returned: when it could be read
      type: dict
      sample:
        path: /etc/subgid
        present: true
        ranges:
          - line: 1
            owner: dockremap
            start: 100000
            count: 65536
        size: 65536
        others: []
        fault: null
        malformed: []
        overlaps: []
        host_ids: []
        complete: true
    containers:
      description: Every container, sorted by name. The maps are those of its first process, so a stopped container has none.
      returned: when the engine answered
      type: list
      elements: dict
      sample:
        - id: e838351d4c265f55cdd67cd930efc00b621e2ee19ef6da1d329c7b80d4f8a660
          name: mapped
          running: true
          host_namespace_requested: false
          uid_map:
            - inside: 0
              outside: 100000
              count: 65536
          gid_map:
            - inside: 0
              outside: 100000
              count: 65536
          root_is_host_root: false
          root_group_is_host_root_group: false
          host_root_inside: null
          host_ids: []
          maps_host_ids: false
          unread: {}
unread:
  description: Facts that could not be read, by dotted name, with the reason.
  returned: success
  type: dict
  sample:
    userns.effective: not permitted to read /var/run/docker.sock, which needs root
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
    result = gather_section(context, "userns")
    context.close()
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
