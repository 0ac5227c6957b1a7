#!/usr/bin/python
# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: undo
short_description: Take back what modules of this collection changed on a host
version_added: 0.1.0
author:
  - seawall.docker contributors (@seawall-docker)
description:
  - Takes back what M(seawall.docker.daemon_config), M(seawall.docker.subid) and M(seawall.docker.engine_restart) changed,
    as their results say in C(restore). Files come first, then the running engine, then accounts.
  - A file is restored from the copy beside it, or removed if it did not exist before.
  - If the engine applied a changed configuration by a reload, it is reloaded with the previous file. The engine is never
    restarted. To restart it with the previous files, use M(seawall.docker.engine_restart).
  - An account is removed if it still has the number with which it was created, and if the engine does not need it. It stays
    if a file could not be restored, if the engine does not answer, and if the engine uses user namespaces.
  - What is as it was before is not changed. What cannot be taken back does not keep the rest from being taken back. The
    module then fails and names it.
options:
  timeout:
    description: How many seconds the engine may take to answer after a reload.
    type: int
    default: 120
  docker_host:
    description:
      - The unix socket of the engine of this host, such as V(unix:///var/run/docker.sock). Found by itself where it is
        not given.
    type: str
extends_documentation_fragment:
  - seawall.docker._attributes
  - seawall.docker._restore
attributes:
  check_mode:
    support: full
  diff_mode:
    support: none
    details:
      - RV(restored) names the files.
  idempotent:
    support: full
  platform:
    support: full
    platforms: posix
  safe_file_operations:
    description: Replaces files as a whole, so that the old or the new content is there at every moment.
    support: full
notes:
  - Needs root.
seealso:
  - module: seawall.docker.daemon_config
  - module: seawall.docker.engine_restart
  - module: seawall.docker.subid
"""

EXAMPLES = r"""
---
- name: Create a user with ids for containers
  seawall.docker.subid:
    user: containers
    create_user: true
  register: ids
  become: true

- name: Write an option of the engine
  seawall.docker.daemon_config:
    options:
      live-restore: true
  register: config
  become: true

- name: Have the engine take it over
  seawall.docker.engine_restart:
    mode: "{{ config.needs }}"
    restore: "{{ config.restore }}"
  register: restart
  become: true

- name: Take everything back
  seawall.docker.undo:
    restore: "{{ ids.restore + config.restore + restart.restore }}"
  become: true
"""

RETURN = r"""
---
restored:
  description: The files that were put back or removed.
  returned: always
  type: list
  elements: str
  sample: [/etc/docker/daemon.json, /etc/subuid, /etc/subgid]
reloaded:
  description: Whether the engine was reloaded.
  returned: always
  type: bool
  sample: true
removed:
  description: The accounts that were removed.
  returned: always
  type: list
  elements: str
  sample: [group dockremap, user dockremap]
left:
  description: What could not be taken back, each with the reason. Empty on success.
  returned: always
  type: list
  elements: str
  sample:
    - "the user dockremap and its group: the engine may need them"
"""

from ansible_collections.seawall.docker.plugins.module_utils._module.basic import AnsibleModule
from ansible_collections.seawall.docker.plugins.module_utils._module.ending import run_and_exit
from ansible_collections.seawall.docker.plugins.module_utils._restart.restore_entries import RESTORE_OPTION, entries_of
from ansible_collections.seawall.docker.plugins.module_utils._restart.undo import Request, run


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "restore": RESTORE_OPTION,
            "timeout": {"type": "int", "default": 120},
            "docker_host": {"type": "str"},
        },
        supports_check_mode=True,
    )
    parameters = module.params
    request = Request(
        entries_of(parameters["restore"]), parameters["timeout"], parameters["docker_host"], module.check_mode
    )
    run_and_exit(module, run, request)


if __name__ == "__main__":
    main()
