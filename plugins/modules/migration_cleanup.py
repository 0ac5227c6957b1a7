#!/usr/bin/python
# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: migration_cleanup
short_description: Remove what an engine had before its containers were moved to another user mapping
version_added: 0.1.0
author:
  - seawall.docker contributors (@seawall-docker)
description:
  - Removes the images, containers, networks and volumes that an engine had before M(seawall.docker.migration_recreate) made them again
    under C(userns-remap), and the journal with its saved images. B(After that nobody can go back.)
  - Removed are the directories in the data root that engines make themselves, and of the volumes those that the journal names and that
    were copied. Volumes that no container used were not moved, and stay. RV(left) has everything that stays.
  - Nothing is removed if a container of the journal was not made again, or does not run although it ran before, if the tree has
    containers that were not moved, or if something of it is mounted or used.
  - A note stays in the journal's directory. With it M(seawall.docker.migration_record) says that nothing is left to go back to. If the module is
    killed, run it again to go on.
extends_documentation_fragment:
  - seawall.docker._attributes
  - seawall.docker._journal
  - seawall.docker._migration
attributes:
  check_mode:
    details:
      - Says what would be removed, and how large it is.
notes:
  - Layers of storage drivers that are no ordinary directories (btrfs, zfs, devicemapper) stay.
seealso:
  - module: seawall.docker.migration_record
  - module: seawall.docker.migration_recreate
"""

EXAMPLES = r"""
---
- name: Remove what the engine had before the move
  seawall.docker.migration_cleanup:
  become: true
"""

RETURN = r"""
---
journal:
  description: The directory of the journal.
  returned: success
  type: str
  sample: /var/lib/seawall.docker/migration
removed:
  description: What was removed, or would be in check mode, with the bytes of the disk and the number of files and directories.
  returned: success
  type: list
  elements: dict
  sample:
    - path: /var/lib/docker/containers
      bytes: 40960
      entries: 12
bytes:
  description: The bytes of all of them.
  returned: success
  type: int
  sample: 40960
left:
  description: Paths in the data root that stay, such as volumes that were not moved.
  returned: success
  type: list
  elements: str
  sample: [/var/lib/docker/volumes/unused]
"""

from ansible_collections.seawall.docker.plugins.module_utils._module.basic import AnsibleModule
from ansible_collections.seawall.docker.plugins.module_utils._module.ending import run_and_exit
from ansible_collections.seawall.docker.plugins.module_utils._remake.cleanup_run import Request, run
from ansible_collections.seawall.docker.plugins.module_utils._remake.journal import OPTIONS


def main() -> None:
    module = AnsibleModule(argument_spec=dict(OPTIONS), supports_check_mode=True)
    asked = module.params
    run_and_exit(module, run, Request(asked["journal"], asked["docker_host"], asked["timeout"], module.check_mode))


if __name__ == "__main__":
    main()
