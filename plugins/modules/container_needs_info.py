#!/usr/bin/python
# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: container_needs_info
short_description: Gather what containers are seen to need
version_added: 0.1.0
author:
  - seawall.docker contributors (@seawall-docker)
description:
  - Gathers for each container what its processes hold, use and write now. This is what to know before a container is made
    anew with fewer rights.
  - The evidence is of this moment. What a container needs once a month is not seen. A capability that is held is not
    always used.
  - A fact that cannot be read is missing in the result, and C(unread) of the container names it, with the reason. A container
    that does not run has no processes, so only its changes and its definition are known.
  - Nothing is run in a container. Values of variables and labels are not read.
options:
  containers:
    description: The names of the containers. All, if it is empty.
    type: list
    elements: str
    default: []
extends_documentation_fragment:
  - seawall.docker._connection
  - seawall.docker._attributes
  - seawall.docker._attributes.info_module
notes:
  - Needs root, or the user whose rootless engine it is, to look at the processes.
seealso:
  - module: seawall.docker.container_limits
  - module: seawall.docker.posture_info
"""

EXAMPLES = r"""
---
- name: Gather what the containers are seen to need
  seawall.docker.container_needs_info:
  register: result
  become: true

- name: Show where the containers write on their own file systems
  ansible.builtin.debug:
    msg: "{{ result.containers | selectattr('written', 'defined')
      | items2dict(key_name='name', value_name='written') }}"
"""

RETURN = r"""
---
containers:
  description:
    - The containers, ordered by name.
    - C(compose) is V(null) for a container that Compose did not make.
    - C(capabilities) are those that one of the processes holds effectively. C(ports) are those on which they take
      connections, or datagrams. C(devices) are those that they have open, besides the ones that every container has.
    - C(written) is of the container's own file system, and not of volumes. C(directories) hold what was written, and were
      there before. C(image_content) says whether such a directory also holds files of the image, which a C(tmpfs) in its place
      would hide; V(null) if it is not known. C(open_files_unread) is why files that are open are not among the C(paths), or
      V(null).
    - C(definition) is what docker run was asked for and the image does not bring along. What may be a credential in
      C(command) and C(entrypoint) is masked, and C(masked_words) counts such words.
    - C(unit) is the unit of systemd that starts the container, by the commands of units in C(/etc/systemd/system) and the like;
      V(null) if there is none.
  returned: success
  type: list
  elements: dict
  sample:
    - id: 7b0cfd1f5c5e1f0a4d0b4a3b1f5e6d7c8b9a0f1e2d3c4b5a69788796a5b4c3d2
      name: shop-web-1
      running: true
      compose:
        project: shop
        service: web
        directory: /srv/shop
        files: [/srv/shop/compose.yml]
      capabilities: [CHOWN, NET_BIND_SERVICE, SETGID, SETUID]
      users:
        - uid: 0
          gid: 0
          host_uid: 100000
          processes: 1
      ports:
        - port: 80
          protocol: tcp
      devices: [/dev/fuse]
      written:
        paths: [/run/nginx.pid]
        more: 0
        directories:
          - path: /run
            image_content: false
        open_files_unread: null
      definition:
        image: nginx:1.29
        entrypoint: [/start]
        command: [nginx, -g, daemon off;]
        masked_words: 0
        environment_names: [DATABASE_PASSWORD]
        label_names: [org.example.team]
        user: "1000"
        working_directory: /srv
        stop_signal: SIGQUIT
        hostname: web
        terminal: false
        stdin: false
        tmpfs: {/tmp: "size=64m"}
        extra_hosts: ["db:192.0.2.7"]
        dns: [192.0.2.53]
        group_add: ["44"]
        volumes_from: [data]
        sysctls: {net.core.somaxconn: "1024"}
        shm_size_bytes: 67108864
        log_option_names: [max-size]
        own_health_check: false
        aliases: {shop_default: [web]}
      unit: null
      unread: {}
missing:
  description: The names of O(containers) that no container has.
  returned: success
  type: list
  elements: str
  sample: [shop-cache-1]
"""

from ansible_collections.seawall.docker.plugins.module_utils._module.arguments import connection_arguments, open_context
from ansible_collections.seawall.docker.plugins.module_utils._module.basic import AnsibleModule
from ansible_collections.seawall.docker.plugins.module_utils._container_needs.run import needs_of
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread


def main() -> None:
    module = AnsibleModule(
        argument_spec={**connection_arguments(), "containers": {"type": "list", "elements": "str", "default": []}},
        supports_check_mode=True,
    )
    context = open_context(module)
    try:
        result = needs_of(context, module.params["containers"])
    except Unread as gap:
        context.close()
        module.fail_json(msg=gap.reason)
    context.close()
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
