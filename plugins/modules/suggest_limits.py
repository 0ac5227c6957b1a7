#!/usr/bin/python
# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of the action plugin of the same name; nothing of this runs on a host.

from __future__ import annotations

DOCUMENTATION = r"""
---
module: suggest_limits
short_description: Suggest limits for running containers
version_added: 0.1.0
author:
  - seawall.docker contributors (@seawall-docker)
description:
  - Gathers what containers use with M(seawall.docker.cgroup_info), and suggests limits by the rule of the filter
    P(seawall.docker.suggested_limits#filter).
  - What earlier audits kept of the host counts, too.
  - Changes nothing on the host. A file is written on the controller, and only if O(directory) is given.
options:
  gather:
    description: Options for M(seawall.docker.cgroup_info).
    type: dict
    default: {}
  audits:
    description:
      - Directories of reports on the controller whose kept posture of this host counts, too. One that has none is passed over.
    type: list
    elements: path
    default: []
  postures:
    description: Files with postures of this host to read instead. Each of them must exist.
    type: list
    elements: path
  directory:
    description:
      - Write C(limits/HOST.yml) in this directory of the controller, for C(--extra-vars @FILE) of the playbook C(limits). Only the owner
        can read it. Written in check mode, too.
      - A name that is not safe for a file, or not in lower case, is made so and gets a hash.
    type: path
  show_summary:
    description: Print the file, written or not, so that it can be copied.
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
  - module: seawall.docker.container_limits
  - module: seawall.docker.cgroup_info
"""

EXAMPLES = r"""
---
- name: Suggest limits, and write them down
  seawall.docker.suggest_limits:
    audits: [reports/monday, reports/friday]
    directory: reports
  become: true
"""

RETURN = r"""
---
host:
  description: The name of the host in the inventory.
  returned: success
  type: str
  sample: web1
limits_wanted:
  description: A list for the variable of the same name of the playbook C(limits), with a reason for each limit.
  returned: success
  type: list
  elements: dict
  sample:
    - containers: [shop-web-1]
      limits:
        memory: 96m
        pids: 50
      reasons:
        - "memory: It used 61m at most since its start, and 1.5 times as much is room for it."
        - "pids: It had 6 at most since its start."
without_a_suggestion:
  description: Running containers of which not enough is known, with the reasons.
  returned: success
  type: list
  elements: dict
  sample:
    - containers: [batch]
      limits: {}
      reasons:
        - "memory: It is not known how much it used."
        - "pids: It is not known how much it used."
counted_too:
  description: The files with postures of earlier audits that counted.
  returned: success
  type: list
  elements: str
  sample: [/home/admin/reports/postures/web1.json]
file:
  description: The file that was written, V(null) without O(directory).
  returned: success
  type: str
  sample: /home/admin/reports/limits/web1.yml
"""
