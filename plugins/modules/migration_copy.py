#!/usr/bin/python
# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: migration_copy
short_description: Copy a volume with the ids of its files shifted by an id map
version_added: 0.1.0
author:
  - seawall.docker contributors (@seawall-docker)
description:
  - Copies a directory, such as the C(_data) of a volume, so that containers of an engine with C(userns-remap) see the owners
    that containers saw without it, or the other way round. The source is not changed.
  - Shifts owners and groups, ids in access lists, and the root user of file capabilities. Keeps modes with setuid bits,
    times, extended attributes, hard links, holes of sparse files, symbolic links, device nodes and fifos. Sockets are not
    copied; RV(sockets) names them.
  - A process on the host makes the copy. It goes on if the connection to the controller is lost. The module waits for it for
    O(wait) seconds. If the copy is not complete then, the module succeeds with RV(state=running). Run it again to go on
    waiting.
  - The copy is compared with the source, byte by byte, before it is moved to its place by one rename. So
    the destination has either nothing or the whole copy, also if the process or the host is killed. The next run removes
    what a killed process left, and starts anew.
  - If something forbids the copy, nothing is copied, and RV(refusals) has all reasons. Among them are an owner that is in no
    range of the maps, a file system that is mounted below the source, and too little free space.
options:
  source:
    description:
      - The directory to copy. Only root may be able to change the directory that holds it.
      - Stop all containers that write there first. A file that changes meanwhile makes the copy fail.
    type: path
    required: true
  destination:
    description:
      - Where the copy will be. It must not exist, or be an empty directory. Only root may be able to change the directory
        that holds it.
      - If it is a complete copy of O(source) with the same maps already, nothing is done. If O(source) changed since it was
        copied, or was copied with other maps, the module fails. See O(replace).
    type: path
    required: true
  uid_map:
    required: true
  reverse:
    description:
      - V(false) is for a source of an engine that does not remap. Its ids become those on the host.
      - V(true) is for the way back. Ids on the host become those in containers.
    type: bool
    default: false
  replace:
    description:
      - What to do if the destination is a directory with something else, or an older copy. V(false) refuses it.
      - V(true) puts the copy in its place and keeps the directory beside it, see RV(kept). Both are exchanged in one step. Check
        mode says in RV(differences) what the source has that the directory has not, which would be lost without a copy.
    type: bool
    default: false
  wait:
    description: How many seconds to wait for the end of the copy.
    type: int
    default: 30
extends_documentation_fragment:
  - seawall.docker._attributes
  - seawall.docker._migration
  - seawall.docker._migration.id_maps
attributes:
  check_mode:
    details:
      - Walks through the whole source, and fails with everything that forbids the copy.
notes:
  - Flags of chattr, quotas and snapshots are not copied. Neither is C(security.evm), which cannot be valid for a copy.
  - Directories may be up to 240 levels deep.
  - The file RV(progress_file) shows how far a copy is, also to other sessions. It lies below C(/run), so a reboot removes it.
seealso:
  - module: seawall.docker.userns_info
  - module: seawall.docker.subid
"""

EXAMPLES = r"""
---
- name: Copy a volume for an engine that remaps
  seawall.docker.migration_copy:
    source: /var/lib/docker/volumes/shop/_data
    destination: /var/lib/docker/100000.100000/volumes/shop/_data
    uid_map:
      - inside: 0
        outside: 100000
        count: 65536
  register: copied
  until: copied is failed or copied.state != 'running'
  retries: 1000
  delay: 1
  become: true

- name: Copy it back with what was written meanwhile, and keep the old data beside it
  seawall.docker.migration_copy:
    source: /var/lib/docker/100000.100000/volumes/shop/_data
    destination: /var/lib/docker/volumes/shop/_data
    replace: true
    uid_map:
      - inside: 0
        outside: 100000
        count: 65536
    reverse: true
  become: true
"""

RETURN = r"""
---
state:
  description: V(complete), V(running), or in check mode V(absent) if nothing was copied yet.
  returned: success
  type: str
  sample: complete
source:
  description: The directory that is copied.
  returned: success
  type: str
  sample: /var/lib/docker/volumes/shop/_data
destination:
  description: Where the copy is when it is complete.
  returned: success
  type: str
  sample: /var/lib/docker/100000.100000/volumes/shop/_data
kept:
  description: Where the directory is that O(replace) replaced last, V(null) if there is none. Where earlier ones are kept, it is numbered
    (C(_data.before.1)).
  returned: success
  type: str
  sample: /var/lib/docker/volumes/shop/_data.before
differences:
  description:
    - In check mode, what O(replace) would replace, the first 100 differences. V(null) otherwise.
    - C(kind) is C(missing) if only the source has the path, C(added) if only the destination has it, and C(changed) if they
      differ in C(what). Contents are compared by size and time.
  returned: success
  type: list
  elements: dict
  sample:
    - kind: changed
      path: /var/lib/docker/100000.100000/volumes/shop/_data/ours
      what: time
differences_found:
  description: How many differences there are, V(null) if they were not looked for.
  returned: success
  type: int
  sample: 2
progress_file:
  description: A JSON file on the host that says how far the copy is. It is replaced as a whole once a second.
  returned: success
  type: str
  sample: /run/seawall.docker/copy-0123456789abcdef.json
phase:
  description: V(measure), V(copy), V(compare) or V(move), V(null) if it is not known.
  returned: success
  type: str
  sample: move
bytes:
  description: How many bytes were done in this phase, V(null) if it is not known.
  returned: success
  type: int
  sample: 0
bytes_total:
  description: How many bytes of the disk the source has, V(null) if it is not known.
  returned: success
  type: int
  sample: 12288
entries:
  description: How many files, directories and links were done in this phase, V(null) if it is not known.
  returned: success
  type: int
  sample: 0
entries_total:
  description: How many files, directories and links the source has, V(null) if it is not known.
  returned: success
  type: int
  sample: 4
seconds:
  description: How long the copy has been running, V(null) if it is not known.
  returned: success
  type: float
  sample: 0.2
seconds_left:
  description: How many seconds it may take from here, V(null) if it is not known.
  returned: success
  type: int
  sample: 0
sockets:
  description: Sockets that are not copied, the first 100. V(null) if it is not known.
  returned: success
  type: list
  elements: str
  sample:
    - /var/lib/docker/volumes/shop/_data/control.sock
sockets_found:
  description: How many sockets there are, V(null) if it is not known.
  returned: success
  type: int
  sample: 1
refusals:
  description: Everything that forbids the copy, the first 100 reasons. Nothing was copied.
  returned: failure
  type: list
  elements: str
  sample:
    - "/var/lib/docker/volumes/alien/_data/theirs: its owner 4000000 is in no range of the uid map"
"""

from ansible_collections.seawall.docker.plugins.module_utils._module.basic import AnsibleModule
from ansible_collections.seawall.docker.plugins.module_utils._migration.copy_checks import Request
from ansible_collections.seawall.docker.plugins.module_utils._migration.copy_request import run
from ansible_collections.seawall.docker.plugins.module_utils._migration.id_shift import MapFault, Shift, extents_of
from ansible_collections.seawall.docker.plugins.module_utils._module.ending import run_and_exit


def main() -> None:
    extent = {name: {"type": "int", "required": True} for name in ("inside", "outside", "count")}
    id_map = {"type": "list", "elements": "dict", "options": extent}
    module = AnsibleModule(
        argument_spec={
            "source": {"type": "path", "required": True},
            "destination": {"type": "path", "required": True},
            "uid_map": {**id_map, "required": True},
            "gid_map": id_map,
            "reverse": {"type": "bool", "default": False},
            "replace": {"type": "bool", "default": False},
            "wait": {"type": "int", "default": 30},
        },
        supports_check_mode=True,
    )
    parameters = module.params
    try:
        uids = extents_of(parameters["uid_map"], "uid_map")
        gids = uids if parameters["gid_map"] is None else extents_of(parameters["gid_map"], "gid_map")
        shift = Shift(uids, gids, not parameters["reverse"])
    except MapFault as fault:
        module.fail_json(msg=fault.reason, refusals=[fault.reason])
    request = Request(parameters["source"], parameters["destination"], shift, parameters["replace"])
    run_and_exit(module, lambda host, one: run(host, one, parameters["wait"], module.check_mode), request)


if __name__ == "__main__":
    main()
