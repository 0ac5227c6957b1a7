#!/usr/bin/python
# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of the action plugin of the same name; nothing of this runs on a host.

from __future__ import annotations

DOCUMENTATION = r"""
---
module: container_fixes
short_description: Write down what puts containers right that must be made anew
version_added: 0.1.0
author:
  - seawall.docker contributors (@seawall-docker)
description:
  - Audits the host as M(seawall.docker.evaluate) does, gathers what its containers are seen to need with
    M(seawall.docker.container_needs_info), and writes down how to make those anew that rules fail.
  - For the containers of a compose project an override file, with the rules that each line serves, and when it may break
    something. Compose 2.24.4 or newer reads it.
  - For each other container the whole line of C(docker run). Values that may be secret are names to fill in.
  - What is not known is not guessed. It is left to a person, with the reason.
  - Changes nothing on the host. Files are written on the controller, and only if O(directory) is given.
  - Needs the Python library jmespath on the controller.
options:
  gather:
    description:
      - Options for M(seawall.docker.posture_info), if the posture is gathered. Those of the connection are also used for
        M(seawall.docker.container_needs_info).
    type: dict
    default: {}
  posture:
    description:
      - A posture document to use instead of gathering one. The host is then not asked anything.
    type: dict
  posture_file:
    description:
      - A file on the controller with a posture document, to use instead of gathering one.
      - V(embedded) is the recorded posture of a real host that the collection contains.
    type: str
  needs:
    description:
      - The C(containers) that M(seawall.docker.container_needs_info) returned, to use instead of gathering them.
    type: list
    elements: dict
  benchmark:
    description: The id of the benchmark.
    type: str
    default: cis-1.8.0
  profile:
    description: The highest level of rules to put right. Level 2 includes level 1.
    type: str
    choices: [level1, level2]
    default: level2
  rules:
    description:
      - Put right only these rules. Each entry is a slug, a number, a section such as V(5), or V(level1) or V(level2), or what another
        catalogue calls the rule, such as V(nist:CM-7).
    type: list
    elements: str
    default: []
  skip_rules:
    description: Do not put these rules right. Entries are as in O(rules).
    type: list
    elements: str
    default: []
  rule_files:
    description: Files on the controller with more rules and benchmarks, in the format of those of the collection.
    type: list
    elements: path
    default: []
  host_kind:
    description:
      - The kind of this host. One of V(single_server), V(ci_runner), V(swarm_node) and V(rootless), or empty.
    type: str
    default: ""
  policy:
    description: Your choices for the rules. Each key overrides its default.
    type: dict
    default: {}
  waivers:
    description: Known problems that you accept, as in M(seawall.docker.evaluate). They are not put right.
    type: list
    elements: dict
    default: []
  waiver_files:
    description: Files on the controller with waivers.
    type: list
    elements: path
    default: []
  directory:
    description:
      - Write C(fixes/HOST.PROJECT.compose.yml) for each compose project, and C(fixes/HOST.run.txt) for the other containers, in
        this directory of the controller. Only the owner can read them. Written in check mode, too.
      - A name that is not safe for a file, or not in lower case, is made so and gets a hash.
    type: path
  show_summary:
    description: Print how much is put right.
    type: bool
    default: false
attributes:
  action:
    support: full
  async:
    support: none
  bypass_host_loop:
    support: none
extends_documentation_fragment:
  - seawall.docker._attributes
  - seawall.docker._attributes.info_module
  - seawall.docker._attributes.action_plugin
seealso:
  - module: seawall.docker.container_needs_info
  - module: seawall.docker.container_limits
  - module: seawall.docker.evaluate
"""

EXAMPLES = r"""
---
- name: Write down what puts the containers right
  seawall.docker.container_fixes:
    directory: reports
  become: true
  register: result

- name: Show what is left to do by hand for containers that Compose did not make
  ansible.builtin.debug:
    msg: "{{ result.containers | items2dict(key_name='name', value_name='by_hand') }}"
"""

RETURN = r"""
---
host:
  description: The name of the host in the inventory.
  returned: success
  type: str
  sample: web1
projects:
  description:
    - The compose projects with containers that rules fail. C(content) is the override file. C(compose_files) are the files of
      the project, by its labels.
    - C(breaks) says when the container may stop working. A value of V(null) takes what the project's files say away.
  returned: success
  type: list
  elements: dict
  sample:
    - project: shop
      compose_files: [/srv/shop/compose.yml]
      services:
        - service: web
          fixes:
            - key: read_only
              value: true
              rules: [5.13 container-rootfs-read-only]
              breaks: Where it writes later than now was not seen.
          by_hand:
            - what: Write a healthcheck with a command in the container that exits with 0 if the service works.
              rules: [5.27 container-health-checked]
      content: "services:\n  \"web\":\n    # 5.13 container-rootfs-read-only\n    read_only: true\n"
containers:
  description:
    - The other containers that rules fail. C(command) is the line of docker run, or V(null) for a C(reason). C(fill_in) names
      what is not in it.
    - C(unit) is a unit of systemd with the same, for a container that a unit runs today, else V(null). Its variables are in
      C(environment_file), which you write; V(null) if it has none.
  returned: success
  type: list
  elements: dict
  sample:
    - name: cache
      id: 7b0cfd1f5c5e1f0a4d0b4a3b1f5e6d7c8b9a0f1e2d3c4b5a69788796a5b4c3d2
      fixes:
        - key: pids_limit
          value: 200
          rules: [5.29 container-pids-limited]
          breaks: If it needs more, it cannot start another process or thread.
      by_hand:
        - what: Write a healthcheck with a command in the container that exits with 0 if the service works.
          rules: [5.27 container-health-checked]
      command: docker run --detach --name=cache --pids-limit=200 redis:8
      unit: null
      fill_in: [the variable REDIS_PASSWORD in the environment of docker]
      reason: null
files:
  description: The files that were written.
  returned: success
  type: list
  elements: str
  sample: [/root/reports/fixes/web1.run.txt]
"""
