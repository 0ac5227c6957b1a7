# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation only. The work is done on the controller, by the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: fail_host
short_description: End a play for a host, as failed or unreachable
version_added: 0.1.0
author:
  - seawall.docker contributors (@seawall-docker)
description:
  - Ends the play for this host, as a failed task or an unreachable host would. The host is not asked.
  - Use it for a host that an earlier task kept in the play, such as M(seawall.docker.evaluate) with
    O(seawall.docker.evaluate#module:hold=true). Unlike M(ansible.builtin.fail) it can end a host as unreachable, so that the
    recap of Ansible is true.
options:
  msg:
    description: Why the play ends for this host.
    type: str
    required: true
  unreachable:
    description: Count the host as unreachable instead of failed.
    type: bool
    default: false
  later:
    description:
      - Keep O(msg) in the result and end nothing. A later task can end the host with it, so that the reason stands at the end of a
        long run and is printed there alone.
    type: bool
    default: false
attributes:
  action:
    support: full
  async:
    support: none
  bypass_host_loop:
    support: none
  check_mode:
    support: full
  diff_mode:
    support: none
    details:
      - It changes nothing, so there is no diff.
  idempotent:
    support: full
    details:
      - The task never counts as changed.
  platform:
    support: full
    platforms: posix
extends_documentation_fragment:
  - seawall.docker._attributes
  - seawall.docker._attributes.action_plugin
seealso:
  - module: seawall.docker.evaluate
"""

EXAMPLES = r"""
---
- name: Audit the host, and keep it in the play if it is unreachable
  seawall.docker.evaluate:
    hold: true
    report_directory: reports
  register: audit

- name: Write the reports of all hosts
  seawall.docker.report:
    directory: reports
    hosts: "{{ ansible_play_hosts | map('extract', hostvars, 'audit') }}"
  run_once: true

- name: End the play for hosts that were not audited
  seawall.docker.fail_host:
    msg: "{{ audit.error }}"
    unreachable: "{{ audit.outcome == 'unreachable' }}"
  when: audit.outcome != 'audited'
"""

RETURN = r"""
---
msg:
  description: Why the play ended for this host.
  returned: always
  type: str
  sample: "web1 is unreachable: Connection refused"
"""
