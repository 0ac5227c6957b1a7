#!/usr/bin/python
# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: migration_owners
short_description: Shift the owners of directories of the host that containers mount, or take that back
version_added: 0.1.0
author:
  - seawall.docker contributors (@seawall-docker)
description:
  - Changes the owners of files in named directories of the host, in their place, so that the containers of an engine with
    C(userns-remap) see the owners that containers saw before. Owners, groups, ids in access lists, and the root user of file
    capabilities are shifted by an id map; setuid bits are kept. Times and contents do not change.
  - A process on the host does it. It goes on if the connection to the controller is lost. The module waits for it for O(wait)
    seconds. If it has not ended then, the module succeeds with RV(state=running). Run it again to go on waiting.
  - The journal of M(seawall.docker.migration_record) says which directories are shifted. With it O(state=restored) takes that back. If
    the module is killed, run it again to go on.
  - Nothing is changed if something forbids it, and RV(refusals) has all reasons. Among them are a directory of the system, a home
    directory, a directory that a container uses whose users stay those of the host, a file that has another name elsewhere, an owner
    that is in no range, a file system of a network, one that is mounted read-only, and one that is mounted below the directory.
  - RV(bind_mounts) lists all directories and files of the host that containers mount, with commands that give the others to the
    shifted ids.
options:
  state:
    description:
      - V(shifted) shifts the directories in O(paths). The engine must remap already, and containers that use them must not run.
      - V(restored) takes that back. The engine must not remap any more, and containers that use them must not run.
    type: str
    choices: [shifted, restored]
    default: shifted
  paths:
    description:
      - The directories, as containers mount them. With O(state=restored), all that are shifted if none is named.
      - Only root may be able to change the directories above them.
    type: list
    elements: path
    default: []
  uid_map:
    description: The ids of users in containers, and those on the host that stand for them. Needed for O(state=shifted) with O(paths).
  outside:
    description: In check mode before there is a journal, the containers that will get C(--userns=host).
    type: list
    elements: str
    default: []
  wait:
    description: How many seconds to wait for the end of the work.
    type: int
    default: 30
extends_documentation_fragment:
  - seawall.docker._attributes
  - seawall.docker._journal
  - seawall.docker._migration
  - seawall.docker._migration.id_maps
attributes:
  check_mode:
    details:
      - Walks through the directories, and fails with everything that forbids it. Needs no journal.
notes:
  - A container could make a setuid program in such a directory, which would be one of root of the host when the owners are taken back.
    So files that got setuid bits or capabilities meanwhile lose them then. RV(dropped) names them.
seealso:
  - module: seawall.docker.migration_record
  - module: seawall.docker.migration_copy
"""

EXAMPLES = r"""
---
- name: Give a directory to the remapped containers that mount it
  seawall.docker.migration_owners:
    paths: [/srv/shop]
    uid_map:
      - inside: 0
        outside: 100000
        count: 65536
  become: true
"""

RETURN = r"""
---
state:
  description: O(state), or V(running).
  returned: success
  type: str
  sample: shifted
journal:
  description: The directory of the journal.
  returned: success
  type: str
  sample: /var/lib/seawall.docker/migration
bind_mounts:
  description:
    - With O(state=shifted), what containers mount of the host. C(state) is C(shifted) for what is shifted, C(begun) or C(going back) if
      that did not end, and V(null) otherwise. C(entries) is how many files and directories there are in what is named and not shifted.
    - C(outside) are those of the containers whose users stay those of the host.
    - C(advice) has commands for what is not named and lacks rights that the containers need.
  returned: success
  type: list
  elements: dict
  sample:
    - source: /srv/logs
      containers: [shop-web-1]
      outside: []
      writable: true
      state: null
      entries: null
      advice:
        - "setfacl -R -P -m u:100000:rwX,d:u:100000:rwX -- /srv/logs"
        - "chown -R -h 100000:100000 -- /srv/logs"
shifted:
  description: All directories that are shifted by this journal.
  returned: success
  type: list
  elements: str
  sample: [/srv/shop]
dropped:
  description: Files that lost setuid bits or capabilities, since they got or changed them while the directory was shifted. The first 100.
  returned: success
  type: list
  elements: str
  sample: [/srv/shop/bin/helper]
missing:
  description: Directories that do not exist any more, so nothing was taken back there.
  returned: success
  type: list
  elements: str
  sample: [/srv/old]
progress_file:
  description: A JSON file on the host that says how far the work is. It is replaced as a whole once a second.
  returned: success
  type: str
  sample: /run/seawall.docker/copy-0123456789abcdef.json
phase:
  description: V(shift), V(null) if nothing is worked on or its end was told before.
  returned: success
  type: str
  sample: shift
entries:
  description: How many files, directories and links were done, V(null) like RV(phase).
  returned: success
  type: int
  sample: 4
entries_total:
  description: How many files, directories and links the directories have, V(null) like RV(phase).
  returned: success
  type: int
  sample: 4
seconds:
  description: How long the work has been going on, V(null) like RV(phase).
  returned: success
  type: float
  sample: 0.2
seconds_left:
  description: How many seconds it may take from here, V(null) like RV(phase).
  returned: success
  type: int
  sample: 0
refusals:
  description: Everything that forbids it. Nothing was changed.
  returned: failure
  type: list
  elements: str
  sample:
    - /etc is, holds or lies in /etc, a directory of the system
"""

from ansible_collections.seawall.docker.plugins.module_utils._module.basic import AnsibleModule
from ansible_collections.seawall.docker.plugins.module_utils._migration.id_shift import MapFault, extents_of
from ansible_collections.seawall.docker.plugins.module_utils._module.ending import run_and_exit
from ansible_collections.seawall.docker.plugins.module_utils._remake.journal import OPTIONS
from ansible_collections.seawall.docker.plugins.module_utils._remake.owners_run import Request, run


def main() -> None:
    extent = {name: {"type": "int", "required": True} for name in ("inside", "outside", "count")}
    id_map = {"type": "list", "elements": "dict", "options": extent}
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["shifted", "restored"], "default": "shifted"},
            "paths": {"type": "list", "elements": "path", "default": []},
            "uid_map": id_map,
            "gid_map": id_map,
            "outside": {"type": "list", "elements": "str", "default": []},
            "wait": {"type": "int", "default": 30},
            **OPTIONS,
        },
        supports_check_mode=True,
    )
    asked = module.params
    try:
        uids = None if asked["uid_map"] is None else extents_of(asked["uid_map"], "uid_map")
        gids = uids if asked["gid_map"] is None else extents_of(asked["gid_map"], "gid_map")
    except MapFault as fault:
        module.fail_json(msg=fault.reason, refusals=[fault.reason])
    request = Request(
        asked["journal"],
        asked["state"],
        asked["paths"],
        uids,
        gids,
        asked["outside"],
        asked["wait"],
        asked["docker_host"],
        asked["timeout"],
        module.check_mode,
    )
    run_and_exit(module, run, request)


if __name__ == "__main__":
    main()
