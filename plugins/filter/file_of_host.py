# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter that names the files of a host in a directory of reports."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: file_of_host
short_description: Name the file of a host in a directory of reports
version_added: 0.1.0
author:
  - seawall.docker contributors (@seawall-docker)
description:
  - Returns the name that a host has in C(hosts/) and C(postures/) of the directory of the audit reports. An ordinary lower-case
    name stays as it is. Any other loses what is unsafe in a file name, and gets a hash.
positional: _input
options:
  _input:
    description: The name of the host in the inventory.
    type: str
    required: true
"""

EXAMPLES = r"""
---
- name: Say which posture the last audit kept
  ansible.builtin.debug:
    msg: "reports/postures/{{ inventory_hostname | seawall.docker.file_of_host }}"
"""

RETURN = r"""
---
_value:
  description: The name of the file, without a directory.
  type: str
  sample: web1.json
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.seawall.docker.plugins.plugin_utils._report.files import host_file_name


def file_of_host(host: t.Any) -> str:
    if not isinstance(host, str):
        raise AnsibleFilterError("file_of_host takes the name of a host")
    return host_file_name(host)


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"file_of_host": file_of_host}
