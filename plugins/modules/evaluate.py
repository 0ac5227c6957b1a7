#!/usr/bin/python
# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The documentation of the action plugin of the same name; nothing of this runs on a host.

from __future__ import annotations

DOCUMENTATION = r"""
---
module: evaluate
short_description: Audit a Docker host against a benchmark
version_added: 0.1.0
author:
  - seawall.docker contributors (@seawall-docker)
description:
  - Gathers the posture of the host with M(seawall.docker.posture_info), or uses a recorded one, and evaluates it
    on the controller with the rules of a benchmark.
  - One task gathers and evaluates, so that a posture of megabytes never becomes a variable.
  - A host that is unreachable or cannot be audited gets a findings document that says so, with the reason and what to try.
    The task ends as the host did, unreachable or failed, unless O(hold=true).
  - Needs the Python library jmespath on the controller.
options:
  gather:
    description:
      - Options for M(seawall.docker.posture_info), if the posture is gathered.
    type: dict
    default: {}
  posture:
    description:
      - A posture document to evaluate instead of gathering one. The host is then not asked anything.
    type: dict
  posture_file:
    description:
      - A file on the controller with a posture document, to evaluate instead of gathering one.
      - V(embedded) is the recorded posture of a real host that the collection contains.
    type: str
  replay_when_absent:
    description:
      - If the host has no Docker Engine at all, evaluate the embedded posture instead, marked as a replay.
    type: bool
    default: false
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
      - Check only these rules. Each entry is a slug, a number, a section such as V(2) or V(1.1), or V(level1) or V(level2), or what another
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
      - The kind of this host. One of V(single_server), V(ci_runner), V(swarm_node) and V(rootless), or empty.
      - Sets a fitting policy, and waives the rules that such a host cannot follow.
    type: str
    default: ""
  policy:
    description: Your choices for the rules. Each key overrides its default.
    type: dict
    default: {}
  waivers:
    description:
      - Known problems that you accept. Each has C(rule), C(reason), C(owner), C(expires), and may have C(subject), C(host), C(image) and
        C(labels).
    type: list
    elements: dict
    default: []
  waiver_files:
    description: Files on the controller with waivers.
    type: list
    elements: path
    default: []
  advisory_files:
    description:
      - Files on the controller with more advisories, in the format of the file of the collection.
      - An advisory in such a file replaces the one with the same id and component.
    type: list
    elements: path
    default: []
  fail_on:
    description:
      - RV(offence) names the findings of these rules that failed. Entries are as in O(rules).
      - V(cve:critical), V(cve:high), V(cve:medium) and V(cve:low) are open advisories of this severity or a higher one,
        V(cve:known_exploited) those that attackers use, and V(cve:any) all.
      - The task itself does not fail for them.
    type: list
    elements: str
    default: []
  fail_on_unknown:
    description:
      - RV(offence) also names the rules of O(fail_on) that are unknown.
    type: bool
    default: true
  report_directory:
    description:
      - Write the findings document to C(hosts/HOST.json) in this directory of the controller.
      - Only the owner can read the files, since they show an attacker where the host is weak. Written in check mode, too.
    type: path
  keep_posture:
    description: Also write the posture to C(postures/HOST.json) in O(report_directory), so that it can be evaluated again.
    type: bool
    default: false
  return_findings:
    description: Return the findings document as RV(findings).
    type: bool
    default: true
  hold:
    description:
      - Keep a host that is unreachable or could not be audited in the play, so that a report can be written of all hosts.
        The task is skipped for this host, and the result says why in RV(error) and RV(offence).
      - End the host afterwards, with M(seawall.docker.fail_host).
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
  - module: seawall.docker.posture_info
  - module: seawall.docker.report
  - module: seawall.docker.fail_host
"""

EXAMPLES = r"""
---
- name: Audit the host
  seawall.docker.evaluate:
  become: true
  register: audit

- name: Name the failed rules
  ansible.builtin.debug:
    msg: "{{ audit.failed_rules }}"

- name: Audit a recorded posture with an older benchmark
  seawall.docker.evaluate:
    posture_file: postures/web1.json
    benchmark: cis-1.6.0
"""

RETURN = r"""
---
host:
  description: The name of the host in the inventory.
  returned: always
  type: str
  sample: web1
outcome:
  description: Whether the host could be audited. One of V(audited), V(failed) and V(unreachable).
  returned: always
  type: str
  sample: audited
error:
  description: Why the host could not be audited. V(null) if it was audited.
  returned: always
  type: str
  sample: null
replay:
  description: Where the recorded posture came from, and a sentence about it. V(null) if the host itself was audited.
  returned: when no wrong option kept it from being judged
  type: dict
  sample: {source: embedded, note: This is the recorded posture of a real host that ships with the collection.}
counts:
  description: How many findings have each status.
  returned: when no wrong option kept it from being judged
  type: dict
  sample: {pass: 34, fail: 44, waived: 0, unknown: 0, manual: 12, not_applicable: 28}
advisory_counts:
  description:
    - How many advisories about the engine's programs are in each state. V(null) if the host could not be audited. The findings
      document has each of them, with the evidence, and the age of the data. Described in the collection's C(docs/advisories.md).
  returned: when no wrong option kept it from being judged
  type: dict
  sample:
    fixed_upstream: 51
    fixed_by_vendor: 9
    not_applicable: 8
    mitigated: 0
    potentially_vulnerable: 25
    vulnerable: 0
    unknown: 7
score:
  description:
    - The share of passed among decided findings, and how many were not decided.
    - C(percent) is V(null) if the engine was not asked, or if more findings are unknown than decided.
  returned: when no wrong option kept it from being judged
  type: dict
  sample:
    passed: 34
    decided: 78
    undecided: 12
    percent: 43.6
    sections:
      "2": {passed: 8, decided: 17, undecided: 0, percent: 47.1}
    levels:
      "1": {passed: 30, decided: 60, undecided: 8, percent: 50.0}
failed_rules:
  description: The failed rules, in the order of their numbers.
  returned: when no wrong option kept it from being judged
  type: list
  elements: dict
  sample:
    - rule: daemon-userns-remap
      number: "2.10"
      level: 2
unknown_rules:
  description: The rules that are unknown, because facts could not be read.
  returned: when no wrong option kept it from being judged
  type: list
  elements: dict
  sample: []
offence:
  description:
    - Why this host must fail, as one sentence. Either it could not be audited, or its engine did not answer and no rule
        passed or failed, or rules of O(fail_on) failed or are unknown.
      V(null) if there is no reason.
  returned: always
  type: str
  sample: null
findings:
  description: The findings document. All keys are described in the collection's C(docs/findings.md).
  returned: when O(return_findings=true)
  type: dict
report_file:
  description: The file that the findings were written to.
  returned: when O(report_directory) is given
  type: str
  sample: /home/ops/reports/hosts/web1.json
posture_file:
  description: The file that the posture was written to.
  returned: when O(report_directory) is given and O(keep_posture=true)
  type: str
  sample: /home/ops/reports/postures/web1.json
"""
