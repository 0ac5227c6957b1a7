# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation only. The work is done on the controller, by the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: report
short_description: Write the reports of an audit
version_added: 0.1.0
author:
  - seawall.docker contributors (@seawall-docker)
description:
  - Writes the findings of one or many hosts as reports on the controller. These are a findings document for each host,
    the fleet document C(audit.json), the page C(index.html), and a summary for the terminal.
  - The page needs no network. Up to O(page_hosts) hosts it is one file that needs no other file.
  - A host that failed or was unreachable appears in all reports, with the reason.
  - The reports show an attacker where your hosts are weak. The directory gets the mode V(0700) and each file V(0600). A
    directory is refused if it belongs to another user, or if others can enter it and it holds other files than reports.
  - Each file is written whole or not at all. Reports of hosts that are not part of this run are not changed.
  - The same findings give the same files, byte for byte, except V(ocsf), V(oscal) and V(openvex), which must contain the time, C(runs.json), and the
    age of the data about advisories in C(audit.json), C(index.html) and C(summary.md).
  - A run that audited no host leaves C(index.html), C(audit.json) and the files of hosts of an earlier run that did as they are, and
    says so. C(runs.json) in the directory has the hosts that were lost since, and O(folders) reads it. Formats for other programs are
    written anew.
    Without any host the module fails and writes nothing.
  - Where the folder cannot be written, the module fails. The summary is shown and returned all the same.
options:
  directory:
    description:
      - The directory for reports on the controller. It is created if it does not exist.
      - A relative path starts from the current working directory of Ansible.
    type: path
    required: true
  findings:
    description:
      - The findings documents of the hosts.
      - One of O(findings), O(hosts) and O(folders) is needed, and all can be given. If a host has several documents, the last counts.
      - An item that is not a findings document is reported as a host that failed.
    type: list
    elements: raw
  hosts:
    description:
      - The hosts of the audit, if their findings documents are in files.
      - With this, the findings of many hosts need not be in variables.
      - Results of M(seawall.docker.evaluate) can be used as they are. They are dictionaries with C(host), the name of the
        host, C(outcome), which is V(audited), V(failed) or V(unreachable), C(error), why the host was not audited, and
        C(report_file), the file on the controller with its findings document. The default of C(outcome) is V(audited).
      - A dictionary with C(host) and C(result) contains any result of a task for a host. If it is not the result of an
        audit, the host is reported as failed, with the message of the task.
      - An audited host without readable findings is reported as failed.
    type: list
    elements: raw
  folders:
    description:
      - Report directories of other runs on the controller, each written with the format V(json). All hosts in them are reported, each
        host once. If several folders have a host, the file that was written last counts, also if it says that the host could not be
        audited. RV(merged) names these hosts.
      - If O(directory) is not among the folders and has a newer file of one of their hosts, the module fails before it writes anything.
      - Nothing is judged again, and no managed host is asked. What O(findings) and O(hosts) say of a host outweighs the folders.
      - A folder without hosts is an error, since a part of the inventory would be missing. A file that cannot be read is reported as a
        host that failed. Files of other users are refused.
    type: list
    elements: path
  formats:
    description:
      - What to write. V(json) is the findings document of each host and the fleet document, V(html) the page.
      - V(sarif) is C(audit.sarif) for code scanning, V(junit) is C(junit.xml) for continuous integration, V(csv) is
        C(findings.csv) for spreadsheets, V(markdown) is C(summary.md) for a comment on a merge request, V(prometheus) is
        C(seawall_docker.prom) for the textfile collector, V(hdf) is a file for each host in C(hdf/) for Heimdall,
        V(todo) is a list for each host in C(todo/) to copy into a ticket,
        V(ocsf) is C(ocsf.jsonl) for stores of security events, V(defectdojo) is C(defectdojo.json) for DefectDojo,
        V(oscal) is C(oscal.json), assessment results for compliance tools.
      - V(openvex) is C(openvex.json) and V(cyclonedx-vex) is C(vex.cdx.json), the states of the advisories about the engine's programs.
      - V(prometheus) needs the Python library prometheus-client on the controller, V(ocsf) needs py-ocsf-models, and V(oscal) needs
        compliance-trestle. Where a library is missing, the other formats
        are written, and the module fails with the command that installs it.
      - In all of them what is unknown is never what passed, and a host that was not audited is never left out.
        Where V(markdown) has no room for all their names, it says how many there are.
      - The summary is always returned.
    type: list
    elements: str
    choices:
      - json
      - html
      - csv
      - cyclonedx-vex
      - defectdojo
      - hdf
      - junit
      - markdown
      - ocsf
      - openvex
      - oscal
      - prometheus
      - sarif
      - todo
    default:
      - json
      - html
  page_hosts:
    description:
      - Up to so many hosts the page is one file that shows everything. With more hosts, each audited host has a page of its own in
        C(pages/), which the page of the fleet links, so that a browser reads a host only when somebody opens it.
      - The page of the fleet then shows evidence only for verdicts on hosts themselves, and the pages of hosts have all of it.
      - No page of a host has a script.
      - It must be at least 1.
    type: int
    default: 500
  show_summary:
    description: Print the summary on the terminal as plain text.
    type: bool
    default: false
extends_documentation_fragment:
  - seawall.docker._attributes
  - seawall.docker._attributes.action_plugin
attributes:
  action:
    support: full
  async:
    support: none
  bypass_host_loop:
    support: none
  check_mode:
    support: full
    details:
      - The reports are written in check mode, too. They change no managed host.
  diff_mode:
    support: none
    details:
      - Reports are not changes, so there is no diff.
  idempotent:
    support: full
    details:
      - The task never counts as changed.
  platform:
    support: full
    platforms: posix
notes:
  - The work is done on the controller by the user who runs Ansible. C(become) has no effect on it.
  - Run it once for all hosts with C(run_once=true), or in a play on V(localhost).
"""

EXAMPLES = r"""
---
- name: Write the reports of an audit
  hosts: localhost
  gather_facts: false
  tasks:
    - name: Write all reports
      seawall.docker.report:
        directory: reports
        hosts:
          - host: web1
            outcome: audited
            report_file: audits/web1.json
          - host: db1
            outcome: unreachable
            error: "Failed to connect to the host via ssh: connection timed out"
      register: report

    - name: Show the summary
      ansible.builtin.debug:
        msg: "{{ report.summary }}"

- name: Make one report of audits that ran in slices of the inventory
  hosts: localhost
  gather_facts: false
  tasks:
    - name: Write all reports
      seawall.docker.report:
        directory: fleet
        folders: [slice1, slice2, slice3]
        show_summary: true
"""

RETURN = r"""
---
fleet:
  description: The totals of the audit. The whole fleet document is in C(audit.json).
  returned: success
  type: dict
  contains:
    benchmark:
      description: The benchmark of the hosts. V(null) if they differ, or if no host was audited.
      type: dict
      sample: {"id": "cis-1.8.0", "title": "CIS Docker Benchmark 1.8.0"}
    hosts:
      description: The number of hosts.
      type: int
      sample: 2
    audited:
      description: The number of hosts that were audited.
      type: int
      sample: 1
    failed:
      description: The number of hosts whose audit failed.
      type: int
      sample: 0
    unreachable:
      description: The number of hosts that could not be reached.
      type: int
      sample: 1
    replayed:
      description: The number of hosts whose findings come from a recorded posture.
      type: int
      sample: 0
    counts:
      description: The number of findings by verdict, over all hosts.
      type: dict
      sample: {"pass": 34, "fail": 44, "manual": 12, "not_applicable": 28, "waived": 0, "unknown": 0}
    score:
      description:
        - How many of the decided findings passed, and how many were not decided, over all hosts that have a score.
        - C(percent) is V(null) if no host has a score.
      type: dict
      sample: {"passed": 34, "decided": 78, "undecided": 12, "percent": 43.6}
    unscored:
      description: The number of hosts that were audited and have no score, such as those with a stopped engine.
      type: int
      sample: 0
summary:
  description: The summary as lines of at most 100 columns, without control characters.
  returned: success
  type: list
  elements: str
  sample:
    - "CIS Docker Benchmark 1.8.0: 2 hosts, 1 audited, 1 unreachable"
    - "Score: 43.6% (34 of 78 checks passed; 12 could not be decided)"
files:
  description: The paths of the files that were written.
  returned: success
  type: list
  elements: str
  sample: ["reports/hosts/web1.json", "reports/audit.json", "reports/index.html"]
merged:
  description: The hosts that several of the folders have, with the file that counts and the older ones.
  returned: success
  type: list
  elements: dict
  sample:
    - file: slice2/hosts/web1.json
      older: [slice1/hosts/web1.json]
"""
