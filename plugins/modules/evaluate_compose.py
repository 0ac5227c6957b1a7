#!/usr/bin/python
# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of the action plugin of the same name; nothing of this runs on a host.

from __future__ import annotations

DOCUMENTATION = r"""
---
module: evaluate_compose
short_description: Audit compose files before they run
version_added: 0.1.0
author:
  - seawall.docker contributors (@seawall-docker)
description:
  - Judges the services of compose files by the rules about containers, on the controller alone, and names the file and line of
    each finding.
  - Variables, C(extends), C(include), profiles and several files are resolved by Docker Compose 2, where it is on the controller. It
    starts nothing. Without it, what is not resolved is unknown.
  - The rules are those of M(seawall.docker.evaluate). What is only known where a service runs is not applicable. The engine is
    taken for one with its defaults.
  - Needs the Python library jmespath on the controller.
options:
  projects:
    description: The compose projects.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: The name of the project in the findings. The first of its files, if it is not given.
        type: str
      files:
        description: The files of the project, which go one over the other. Relative to O(root).
        type: list
        elements: path
        required: true
      profiles:
        description: The profiles that are active.
        type: list
        elements: str
        default: []
      env_files:
        description: Files with the values of variables. Relative to O(root).
        type: list
        elements: path
        default: []
      environment:
        description:
          - Values of variables. The environment of the controller is not used, so that no secret of it gets into findings.
          - Compose also reads the file C(.env) in the directory of the first file. A variable that is not set makes the keys that
            use it unknown.
        type: dict
        default: {}
  root:
    description: The directory of the repository. Paths in findings are relative to it. The current directory, if it is not given.
    type: path
  resolve:
    description:
      - V(always) fails without Docker Compose 2, and V(never) does not use it.
    type: str
    choices: [auto, always, never]
    default: auto
  benchmark:
    description: The id of the benchmark.
    type: str
    default: cis-1.8.0
  profile:
    description: The highest level of rules to check. Level 2 includes level 1.
    type: str
    choices: [level1, level2]
    default: level2
  rules:
    description:
      - Check only these rules. Each entry is a slug, a number, a section such as V(5), or V(level1) or V(level2), or what another
        catalogue calls the rule, such as V(nist:CM-7).
    type: list
    elements: str
    default: []
  skip_rules:
    description: Do not check these rules. Entries are as in O(rules).
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
      - The kind of host that the files are for. One of V(single_server), V(ci_runner), V(swarm_node) and V(rootless), or empty.
    type: str
    default: ""
  policy:
    description: Your choices for the rules. Each key overrides its default.
    type: dict
    default: {}
  waivers:
    description: Known problems that you accept, as in M(seawall.docker.evaluate).
    type: list
    elements: dict
    default: []
  waiver_files:
    description: Files on the controller with waivers.
    type: list
    elements: path
    default: []
  fail_on:
    description:
      - RV(offences) names the findings of these rules that failed. Entries are as in O(rules). The task itself does not fail for
        them.
    type: list
    elements: str
    default: []
  fail_on_unknown:
    description: RV(offences) also names the rules of O(fail_on) that are unknown.
    type: bool
    default: true
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
  - module: seawall.docker.report
  - module: seawall.docker.container_fixes
"""

EXAMPLES = r"""
---
- name: Audit the compose files of a repository
  seawall.docker.evaluate_compose:
    projects:
      - files: [compose.yml]
      - name: shop in production
        files: [shop/compose.yml, shop/production.yml]
        profiles: [metrics]
    fail_on: [level1]
  register: audit

- name: Write a report for code scanning
  seawall.docker.report:
    directory: reports
    findings: "{{ audit.findings }}"
    formats: [sarif]
"""

RETURN = r"""
---
resolved:
  description: Whether Docker Compose resolved the projects.
  returned: success
  type: bool
  sample: true
findings:
  description:
    - A findings document for each project, for M(seawall.docker.report). Its C(host) is the project, and its subjects are the
      services, with C(file) and C(line). All other keys are described in the collection's C(docs/findings.md).
  returned: success
  type: list
  elements: dict
places:
  description: Each verdict that is fail or unknown, in the order of files and lines.
  returned: success
  type: list
  elements: dict
  sample:
    - project: compose.yml
      service: web
      rule: container-not-privileged
      number: "5.5"
      verdict: fail
      reason: the container is privileged (compose.yml, line 4)
      file: compose.yml
      line: 4
offences:
  description: Why a pipeline must fail, a sentence for each project. A project that cannot be judged is always a reason.
  returned: success
  type: list
  elements: str
  sample: [compose.yml fails 5.5 container-not-privileged.]
"""
