# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation only. The work is done on the controller, by the action plugin of the same name."""

from __future__ import annotations

DOCUMENTATION = r"""
---
module: reach
short_description: See whether a host can be reached and can run modules
version_added: 0.1.0
author:
  - seawall.docker contributors (@seawall-docker)
description:
  - Runs M(ansible.builtin.ping) on the host, as the user that later tasks have there. If that does not work, the message says why and
    what to try.
  - The playbooks that change hosts one after the other begin with it, so that no host is changed before all are known to answer.
  - In the playbooks of this collection it also refuses variables that are misspelt.
  - Needs the Python library jmespath on the controller, as the tasks that follow do.
options: {}
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
  - module: ansible.builtin.ping
"""

EXAMPLES = r"""
---
- name: See whether the host can be reached before any host is changed
  seawall.docker.reach:
  become: true
"""

RETURN = r"""
---
msg:
  description: Why the host cannot be asked, and what to try.
  returned: on failure
  type: str
  sample: "Failed to connect to the host via ssh: Connection refused. Check that the host is up."
"""
