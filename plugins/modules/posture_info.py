#!/usr/bin/python
# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: posture_info
short_description: Gather everything that a Docker audit needs, in one call
version_added: 0.1.0
author:
  - seawall.docker contributors (@seawall-docker)
description:
  - Gathers the posture of a Docker host. This is the state of its daemon, user namespaces, control groups, files, containers,
    images and networks at one moment.
  - A fact that cannot be read is missing in the result. RV(posture.unread) names it, with the reason. All other parts are
    still gathered.
  - If the engine is absent, stopped or does not answer, the module does not fail. See RV(posture.engine).
  - Values of environment variables, labels, commands and credentials are never returned, only names.
options:
  gather_subset:
    description:
      - The parts to gather. V(all) means every part. A name with a leading C(!) excludes that part.
      - RV(posture.unread) names the parts that were not gathered.
    type: list
    elements: str
    default:
      - all
  registry_check:
    description:
      - Whether the engine asks the registry of each container's tag which digest the tag has now. See RV(posture.registry_tags).
      - The registry learns which images are used on this host, as with C(docker pull). Names of images that were built on the host
        and never pushed are not sent, except by an engine that keeps its images in containerd.
      - The engine asks without credentials, so tags of private repositories stay unread. At most 500 tags are asked about, for 10
        seconds each and 120 seconds in all.
    type: bool
    default: false
  posture_as_text:
    description:
      - Whether the posture is returned as one text of JSON, RV(posture_text), instead of RV(posture).
      - Ansible looks at each value that a module returns several times, and a text is one value. So the host sends a text in any
        case, and without this option the controller makes RV(posture) of it.
    type: bool
    default: false
extends_documentation_fragment:
  - seawall.docker._connection
  - seawall.docker._attributes
  - seawall.docker._attributes.info_module
  - seawall.docker._attributes.action_plugin
attributes:
  action:
    support: full
  async:
    support: full
  bypass_host_loop:
    support: none
seealso:
  - module: seawall.docker.daemon_info
  - module: seawall.docker.userns_info
  - module: seawall.docker.cgroup_info
  - module: seawall.docker.evaluate
"""

EXAMPLES = r"""
---
- name: Gather the whole posture of the host's own engine
  seawall.docker.posture_info:
  register: result
  become: true

- name: Show the containers whose root is root of the host
  ansible.builtin.debug:
    msg: "{{ result.posture.userns.containers | selectattr('root_is_host_root', 'defined') | selectattr('root_is_host_root')
      | map(attribute='name') }}"

- name: Gather only the daemon and the containers
  seawall.docker.posture_info:
    gather_subset:
      - daemon
      - containers
  become: true

- name: Also ask the registries whether the tags of the containers name another image now
  seawall.docker.posture_info:
    registry_check: true
  become: true

- name: Gather what the API of a remote engine shows
  seawall.docker.posture_info:
    docker_host: tcp://192.0.2.23:2376
    validate_certs: true
    ca_path: /etc/docker/ca.pem
    client_cert: /etc/docker/audit.pem
    client_key: /etc/docker/audit-key.pem
"""

RETURN = r"""
---
posture:
  description:
    - The posture document. All keys are described in the collection's C(docs/posture.md).
  returned: without O(posture_as_text=true)
  type: dict
  contains:
    posture_version:
      description: The version of the format of the document.
      returned: success
      type: int
      sample: 1
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
    auditor:
      description: The user that the module ran as, and the subsets that it gathered.
      returned: success
      type: dict
      sample:
        effective_uid: 0
        subsets: [daemon, userns, cgroup, containers]
    daemon:
      description: The daemon, as M(seawall.docker.daemon_info) returns it. Described in C(docs/posture.md).
      returned: when the subset was requested and something of it could be read
      type: dict
    userns:
      description: User namespaces, as M(seawall.docker.userns_info) returns it. Described in C(docs/posture.md).
      returned: when the subset was requested and something of it could be read
      type: dict
    cgroup:
      description: Control groups and limits, as M(seawall.docker.cgroup_info) returns them. Described in C(docs/posture.md).
      returned: when the subset was requested and something of it could be read
      type: dict
    host:
      description: The operating system, the users of Docker, and the data root of the engine. Described in C(docs/posture.md).
      returned: when the subset was requested and something of it could be read
      type: dict
    auditing:
      description: The audit system, and what it watches. Described in C(docs/posture.md).
      returned: when the subset was requested and something of it could be read
      type: dict
    files:
      description: Owners, groups and modes of the engine's files. Described in C(docs/posture.md).
      returned: when the subset was requested and something of it could be read
      type: list
      elements: dict
    containers:
      description: Every container, and what isolates it. Described in C(docs/posture.md).
      returned: when the subset was requested and something of it could be read
      type: list
      elements: dict
    images:
      description: Every image. Described in C(docs/posture.md).
      returned: when the subset was requested and something of it could be read
      type: list
      elements: dict
    networks:
      description: Every network. Described in C(docs/posture.md).
      returned: when the subset was requested and something of it could be read
      type: list
      elements: dict
    swarm:
      description: The swarm that the engine belongs to. Described in C(docs/posture.md).
      returned: when the subset was requested and something of it could be read
      type: dict
    versions:
      description: The programs of the engine with their versions, files and packages. Described in C(docs/posture.md).
      returned: when the subset was requested and something of it could be read
      type: dict
    registry_tags:
      description: What the registries have for the tags of containers. Described in C(docs/posture.md).
      returned: with O(registry_check=true)
      type: list
      elements: dict
    unread:
      description: Facts that could not be read, by dotted name, with the reason.
      returned: success
      type: dict
      sample:
        daemon.listening_sockets: not permitted to list /proc/812/fd, which needs root
posture_text:
  description: The same document as one text of JSON.
  returned: with O(posture_as_text=true)
  type: str
  sample: '{"posture_version": 1, "engine": {"state": "running"}}'
api_calls:
  description: How many requests were sent to the engine.
  returned: success
  type: int
  sample: 9
"""

import json
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._module.arguments import connection_arguments, open_context
from ansible_collections.seawall.docker.plugins.module_utils._module.basic import AnsibleModule
from ansible_collections.seawall.docker.plugins.module_utils._module.collecting import collect_no_more, collect_seldom
from ansible_collections.seawall.docker.plugins.module_utils._posture.subsets import SUBSETS, chosen_subsets


def _gather() -> t.Any:
    # Python compiles the collectors on each host, which takes as long as the engine's first answers.
    from ansible_collections.seawall.docker.plugins.module_utils._posture.gather import gather

    return gather


def main() -> None:
    arguments = connection_arguments()
    arguments["gather_subset"] = {"type": "list", "elements": "str", "default": ["all"]}
    arguments["registry_check"] = {"type": "bool", "default": False}
    arguments["posture_as_text"] = {"type": "bool", "default": False}
    module = AnsibleModule(argument_spec=arguments, supports_check_mode=True)
    try:
        subsets = chosen_subsets(module.params["gather_subset"])
    except ValueError as error:
        module.fail_json(msg=str(error))
    collect_seldom()
    if module.params["docker_host"]:
        # This process may take the rights of the engine's user, who cannot read Ansible's archive.
        _gather()
    context = open_context(module)
    if subsets == list(SUBSETS):
        # A part of them may not need what is asked here.
        context.begin()
    posture = _gather()(context, subsets, module.params["registry_check"])
    calls = context.api_calls
    context.close()
    collect_no_more()
    if module.params["posture_as_text"]:
        module.exit_json(changed=False, posture_text=json.dumps(posture), api_calls=calls)
    module.exit_json(changed=False, posture=posture, api_calls=calls)


if __name__ == "__main__":
    main()
