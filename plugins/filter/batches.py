# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter of the playbooks' batches: Ansible ends with a traceback where serial is no number."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: batches
short_description: Let a play begin whose serial is no number
version_added: 0.1.0
author:
  - seawall.docker contributors (@seawall-docker)
description:
  - Returns a value for C(serial) as it is, if Ansible can use it. Any other value becomes V(100%).
  - Ansible ends with a traceback for another value. With this filter the play begins, and its first task can refuse the value
    with one clear sentence. The playbooks of this collection do so.
positional: _input
options:
  _input:
    description: A number of hosts, a percentage, or a list of these.
    type: raw
    required: true
"""

EXAMPLES = r"""
---
- name: Audit hosts in batches
  hosts: all
  serial: "{{ audit_serial | default(1) | seawall.docker.batches }}"
  tasks:
    - name: Audit the host
      ansible.builtin.import_role:
        name: seawall.docker.audit
"""

RETURN = r"""
---
_value:
  description: A value for C(serial).
  type: raw
"""

import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils import _variables


def batches(serial: t.Any) -> t.Any:
    return "100%" if _variables.serial_faults("serial", serial) else serial


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"batches": batches}
