#!/usr/bin/python
# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: subid
short_description: Give subordinate user and group ids to a user, or remove them
version_added: 0.1.0
author:
  - seawall.docker contributors (@seawall-docker)
description:
  - Writes the lines of a user in C(/etc/subuid) and C(/etc/subgid), with the same ids in both. An engine with
    C(userns-remap) gives these ids to containers.
  - If the module chooses a range, the range is free in both files. It does not overlap with another range, with ids of
    accounts or groups that the host knows, or with reserved ids. The ids that systemd-nspawn uses (524288 to 1879048191) are
    taken only if no others are left.
  - Lines of other users are never changed. If the user already has the ids, nothing is changed. A range that is too small is
    made longer if the next ids are free. Ids in use are never replaced by others.
  - Either both files are changed or none. The module locks them as C(useradd) and C(usermod) do.
options:
  user:
    description:
      - The user who gets the ids. The user must exist, except in check mode and with O(create_user=true).
    type: str
    required: true
  state:
    description:
      - V(present) gives the user a range in both files.
      - V(absent) removes all lines of the user, also those with the user id instead of the name. Files of containers that
        used these ids keep them.
    type: str
    choices:
      - present
      - absent
    default: present
  count:
    description:
      - How many ids the user needs. Images use ids up to 65534, so less than 65536 breaks some of them.
    type: int
    default: 65536
  start:
    description:
      - The first id. Without it, the module chooses one.
      - The module fails if these ids are not free, or if the user has a range with another start.
    type: int
  lenient:
    description:
      - Whether to change files with malformed lines. Engines before 28 do not start with such lines, and later ones read a
        malformed number as 0, so this is refused by default.
      - With V(true), malformed lines of other users stay as they are. Malformed lines of this user are still refused,
        except with O(state=absent), which removes them.
    type: bool
    default: false
  create_user:
    description:
      - With O(state=present), create the user and a group of the same name where they are missing. Both are system
        accounts. The user cannot log in and has no home directory.
      - An account that exists is not changed. It is used as it is if it is a system account (with an id below 1000) that
        cannot log in, and shares its id with no other account. Else the module fails before it writes anything.
      - Where the module fails, what it created is removed again.
    type: bool
    default: false
  backup:
    description:
      - Whether to copy each file to the same directory before it is changed.
    type: bool
    default: true
extends_documentation_fragment:
  - seawall.docker._attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
  platform:
    support: full
    platforms: posix
  safe_file_operations:
    description: Replaces files as a whole, so that a file always has either the old or the new content.
    support: full
notes:
  - Needs root.
  - The engine reads only these two files. It does not know ranges of a name service such as FreeIPA, and neither does this
    module.
  - The module does not know the ids of accounts in name services that cannot be listed.
  - An engine with C(userns-remap) reads the files when it starts.
seealso:
  - module: seawall.docker.daemon_config
  - module: seawall.docker.engine_restart
  - module: seawall.docker.undo
"""

EXAMPLES = r"""
---
- name: Create the user that containers are remapped to, and give it subordinate ids
  seawall.docker.subid:
    user: dockremap
    create_user: true
  register: ids
  become: true

- name: Remove the ids again
  seawall.docker.subid:
    user: dockremap
    state: absent
  become: true
"""

RETURN = r"""
---
user:
  description: The user.
  returned: success
  type: str
  sample: dockremap
start:
  description: The first id of the user's range in both files, V(null) with O(state=absent).
  returned: success
  type: int
  sample: 165536
count:
  description: How many ids the user has, V(null) with O(state=absent).
  returned: success
  type: int
  sample: 65536
subuid:
  description: The file of user ids.
  returned: success
  type: dict
  contains:
    path:
      description: The file, symbolic links followed.
      returned: success
      type: str
      sample: /etc/subuid
    changed:
      description: Whether this file changed.
      returned: success
      type: bool
      sample: true
    backup_file:
      description: The copy that was kept, V(null) where there is none.
      returned: success
      type: str
      sample: /etc/subuid.4711.2026-01-01@12:00:00~
    ranges:
      description: The lines of the user, afterwards.
      returned: success
      type: list
      elements: dict
      sample:
        - line: 2
          start: 165536
          count: 65536
subgid:
  description: The file of group ids.
  returned: success
  type: dict
  contains:
    path:
      description: The file, symbolic links followed.
      returned: success
      type: str
      sample: /etc/subgid
    changed:
      description: Whether this file changed.
      returned: success
      type: bool
      sample: true
    backup_file:
      description: The copy that was kept, V(null) where there is none.
      returned: success
      type: str
      sample: /etc/subgid.4711.2026-01-01@12:00:00~
    ranges:
      description: The lines of the user, afterwards.
      returned: success
      type: list
      elements: dict
      sample:
        - line: 2
          start: 165536
          count: 65536
created:
  description: What O(create_user) created, or would create in check mode.
  returned: success
  type: list
  elements: str
  sample: [group, user]
restore:
  description:
    - How to undo the change, for the option O(seawall.docker.undo#module:restore) and for
      O(seawall.docker.engine_restart#module:restore).
  returned: success
  type: list
  elements: dict
  sample:
    - path: /etc/subuid
      backup_file: /etc/subuid.4711.2026-01-01@12:00:00~
    - group: dockremap
      gid: 998
    - user: dockremap
      uid: 998
malformed:
  description: Malformed lines in both files, of any user. Also returned on failure.
  returned: always
  type: list
  elements: dict
  sample:
    - path: /etc/subuid
      line: 3
      text: alice:abc:65536
      reason: the start 'abc' is not a number
notes:
  description: Notes about the chosen range.
  returned: success
  type: list
  elements: str
  sample: []
diff:
  description: Each file before and after, with the lines of all users.
  returned: success
  type: list
  elements: dict
  sample:
    - before: ""
      after: "dockremap:100000:65536\n"
      before_header: /etc/subuid
      after_header: /etc/subuid
reasons:
  description: Each reason why nothing was changed.
  returned: failure
  type: list
  elements: str
  sample:
    - "the ids 100000 to 165535 are not free: the range of alice"
"""

from ansible_collections.seawall.docker.plugins.module_utils._module.basic import AnsibleModule
from ansible_collections.seawall.docker.plugins.module_utils._module.ending import run_and_exit
from ansible_collections.seawall.docker.plugins.module_utils._userns.subid_run import Request, run


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "user": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "count": {"type": "int", "default": 65536},
            "start": {"type": "int"},
            "lenient": {"type": "bool", "default": False},
            "create_user": {"type": "bool", "default": False},
            "backup": {"type": "bool", "default": True},
        },
        supports_check_mode=True,
    )
    parameters = module.params
    request = Request(
        parameters["user"],
        parameters["count"],
        parameters["start"],
        parameters["state"] == "present",
        parameters["lenient"],
        parameters["backup"],
        module.check_mode,
        parameters["create_user"],
    )
    run_and_exit(module, run, request)


if __name__ == "__main__":
    main()
