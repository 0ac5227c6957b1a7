#!/usr/bin/python
# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of the action plugin of the same name; nothing of this runs on a host.

from __future__ import annotations

DOCUMENTATION = r"""
---
module: plan
short_description: Plan how to fix what an audit of a Docker host found
version_added: 0.1.0
author:
  - seawall.docker contributors (@seawall-docker)
description:
  - Gathers the posture of the host, evaluates it as M(seawall.docker.evaluate) does, and makes a plan. The plan says which
    file would be changed and how, what the change interrupts, what happens to each container, and what is not changed and why.
  - It also contains a forecast. For this, the same rules evaluate the posture as it would be afterwards.
  - Nothing is changed. The role P(seawall.docker.remediate#role) applies plans.
  - Needs the Python library jmespath on the controller.
options:
  gather:
    description: Options for M(seawall.docker.posture_info), if the posture is gathered.
    type: dict
    default: {}
  posture:
    description: A posture document to plan for instead of gathering one. The host is then not asked anything.
    type: dict
  posture_file:
    description:
      - A file on the controller with a posture document, to plan for instead of gathering one.
      - V(embedded) is the recorded posture of a real host that the collection contains.
    type: str
  benchmark:
    description: The id of the benchmark.
    type: str
    default: cis-1.8.0
  audit_profile:
    description: The highest level of rules to check, for the findings and the forecast.
    type: str
    choices: [level1, level2]
    default: level2
  profile:
    description: The highest level of rules to fix.
    type: str
    choices: [level1, level2]
    default: level2
  rules:
    description:
      - Fix only these rules. Each entry is a slug, a number, a section such as V(2) or V(1.1), or V(level1) or
        V(level2).
    type: list
    elements: str
    default: []
  skip_rules:
    description: Do not fix these rules. Entries are as in O(rules).
    type: list
    elements: str
    default: []
  rule_files:
    description: Files on the controller with more rules and benchmarks, in the format of those of the collection.
    type: list
    elements: path
    default: []
  host_kind:
    description: The kind of host, as in M(seawall.docker.evaluate).
    type: str
    default: ""
  policy:
    description: Your choices for the rules. Each key overrides its default.
    type: dict
    default: {}
  waivers:
    description: Known problems that you accept, as in M(seawall.docker.evaluate). They are not fixed.
    type: list
    elements: dict
    default: []
  waiver_files:
    description: Files on the controller with waivers.
    type: list
    elements: path
    default: []
  max_impact:
    description: The largest interruption that is allowed. Steps with a larger impact are not in the plan.
    type: str
    choices: [none, reload, restart, disruptive]
    default: restart
  daemon_options:
    description: Values for options of the daemon that failed rules ask for. They replace the values of the rules.
    type: dict
    default: {}
  for_containers:
    description:
      - What all containers get, whether or not a rule fails. The keys V(ulimits), V(cgroup_namespace), V(cgroup_parent) and
        V(total) are described with the variable O(seawall.docker.remediate#role:main:remediate_for_containers).
      - A host that cannot have it is refused, with the reason in C(blockers) of RV(plan).
    type: dict
    default: {}
  keep_containers:
    description:
      - If live restore is to be turned on, plan this as a separate step before the restart, so that containers keep running.
    type: bool
    default: true
  userns_remap:
    description: Plan to turn user namespaces on (V(present)) or off (V(absent)). Without it they stay as they are.
    type: str
    choices: [present, absent]
  userns_user:
    description: The user whose subordinate ids containers get.
    type: str
    default: dockremap
  userns_count:
    description: How many ids containers get.
    type: int
    default: 65536
  userns_force:
    description: Obstacles to user namespaces that you accept, by their names in RV(plan).
    type: list
    elements: str
    default: []
  userns_outside:
    description: Names of containers that will be created again with C(--userns=host), so that nothing of them is an obstacle.
    type: list
    elements: str
    default: []
  before:
    description:
      - The result of this module from before the plan was applied, with C(standing) and C(forecast). RV(lines) then compare.
      - With C(containers) as well, RV(lines) name the containers that did not become what was forecast, and those that stay stopped.
    type: dict
  report_directory:
    description:
      - Write the plan to C(plans/HOST.json) and the findings to C(hosts/HOST.json) in this directory of the controller.
      - Only the owner can read the files. Written in check mode, too.
    type: path
  show_summary:
    description: Print RV(lines) on the terminal as plain text.
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
  - module: seawall.docker.evaluate
  - module: seawall.docker.daemon_config
  - module: seawall.docker.engine_restart
"""

EXAMPLES = r"""
---
- name: Plan what can be fixed without a restart
  seawall.docker.plan:
    max_impact: reload
  become: true
  register: planned

- name: Show the plan
  ansible.builtin.debug:
    msg: "{{ planned.lines }}"

- name: Plan for a recorded posture
  seawall.docker.plan:
    posture_file: postures/web1.json
    userns_remap: present
"""

RETURN = r"""
---
host:
  description: The name of the host in the inventory.
  returned: success
  type: str
  sample: web1
plan:
  description: The plan document. All keys are described in the collection's C(docs/plan.md).
  returned: success
  type: dict
  sample:
    plan_version: 1
    host: web1
    impact: restart
    blockers: []
    unfinished: []
    unfinished_note: null
    steps:
      - order: 1
        kind: daemon_options
        file: /etc/docker/daemon.json
        rules:
          - rule: daemon-bridge-icc-off
            number: "2.2"
        changes:
          - name: icc
            old: true
            new: false
        impact: restart
containers:
  description: What the plan does to each container that Docker shows now, and whether it then shows others (C(hides)).
  returned: success
  type: dict
  sample:
    hides: false
    containers:
      - id: 5b3c
        name: web
        outcome: restarted
lines:
  description: The plan as text, or with O(before) the comparison.
  returned: success
  type: list
  elements: str
  sample: ["PLAN for web1: 1 step, impact restart"]
standing:
  description:
    - Counts and score, the statuses of the findings by number, and for each finding that fails the subjects that fail, each
      with its type and its id (or its name if it has no id).
  returned: success
  type: dict
  sample:
    counts: {pass: 34, fail: 44, waived: 0, unknown: 0, manual: 12, not_applicable: 28}
    score:
      passed: 34
      decided: 78
      undecided: 12
      percent: 43.6
      sections:
        "2": {passed: 8, decided: 17, undecided: 0, percent: 47.1}
      levels:
        "1": {passed: 30, decided: 60, undecided: 8, percent: 50.0}
    statuses: {"2.2": fail}
    failing: {"2.2": [[host, web1]]}
    shown: [[container, 5b3c], [host, web1]]
forecast:
  description: The statuses of the findings as they would be after the plan, by number.
  returned: success
  type: dict
  sample: {"2.2": pass}
unlike_forecast:
  description: The numbers of findings that differ from the forecast.
  returned: with O(before)
  type: list
  elements: str
  sample: []
plan_file:
  description: Where the plan was written.
  returned: with O(report_directory) and without O(before)
  type: str
  sample: /home/alice/reports/plans/web1.json
report_file:
  description: Where the findings were written.
  returned: with O(report_directory)
  type: str
  sample: /home/alice/reports/hosts/web1.json
"""
