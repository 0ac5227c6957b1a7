# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter that suggests limits for containers."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: suggested_limits
short_description: Suggest limits for containers from what the kernel counted
version_added: 0.1.0
author:
  - seawall.docker contributors (@seawall-docker)
description:
  - Suggests a limit of memory and of processes for each running container. Nothing is applied.
  - Memory gets one and a half times the most that the container used since its start, in steps of 16 MiB, and at least 64 MiB.
    Processes get likewise, in steps of 10, and at least 50. Where the kernel counted no most, twice what is used now is suggested.
  - Where a container met its limit, twice that limit is suggested, since nobody knows how much it wanted.
positional: _input
options:
  _input:
    description: What M(seawall.docker.cgroup_info) returns as RV(seawall.docker.cgroup_info#module:cgroup).
    type: dict
    required: true
  earlier:
    description: The same from earlier times. The most of all of them counts for a container of the same name.
    type: list
    elements: dict
    default: []
"""

EXAMPLES = r"""
---
- name: Gather what containers use
  seawall.docker.cgroup_info:
  register: gathered
  become: true

- name: Show limits that would fit
  ansible.builtin.debug:
    msg: "{{ gathered.cgroup | seawall.docker.suggested_limits }}"
"""

RETURN = r"""
---
_value:
  description: A list with an entry for each running container, as the playbook C(limits) takes it in C(limits_wanted).
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
"""

import typing as t

from ansible.errors import AnsibleFilterError

from ansible_collections.seawall.docker.plugins.plugin_utils._plan.right_sizing import suggested_limits


def suggestions(cgroup: t.Any, earlier: t.Any = ()) -> list[dict[str, t.Any]]:
    if not isinstance(cgroup, dict) or not isinstance(earlier, (list, tuple)):
        raise AnsibleFilterError("suggested_limits takes the section cgroup of a host, and a list of earlier ones")
    if not all(isinstance(one, dict) for one in earlier):
        raise AnsibleFilterError("suggested_limits: earlier is a list of sections cgroup")
    return suggested_limits(cgroup, earlier)


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"suggested_limits": suggestions}
