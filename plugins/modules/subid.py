#!/usr/bin/python
# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: subid
short_description: Give a user subordinate user and group ids, or take them away
version_added: 0.1.0
author:
  - seawall.docker contributors (@seawall-docker)
description:
  - Writes a user's lines in C(/etc/subuid) and C(/etc/subgid), with the same ids in both. These are the ids that
    containers get from an engine with C(userns-remap).
  - A range that is chosen by the module is free in both files. It meets nobody's range, no id of an account or a
    group that the host knows, and no reserved id. The ids that systemd-nspawn gives out by itself (524288 to
    1879048191) are only taken where no others are left.
  - Lines of others are never touched. A user that has what is wanted keeps it, and a range that is too small is made
    longer where the ids that follow are free. Ids in use are never exchanged for others.
  - Both files are changed or neither. They are locked meanwhile in the way of C(useradd) and C(usermod).
options:
  user:
    description:
      - The user who gets the ids. The user must exist, except in check mode and with O(create_user=true).
    type: str
    required: true
  state:
    description:
      - V(present) gives the user a range in both files.
      - V(absent) removes all lines of the user, also those with the user's number instead of the name. Containers that
        were made with these ids keep them on their files.
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
      - The first id. Found by the module where it is not given.
      - Refused where the ids from there on are not free, or where the user has a range that starts elsewhere.
    type: int
  lenient:
    description:
      - Whether to change files that have malformed lines. Engines before 28 do not start with such lines, and later
        ones take a number that cannot be read for 0, so this is refused by default.
      - With V(true), malformed lines of others stay as they are. Malformed lines of the user are still refused,
        except with O(state=absent), which removes them.
    type: bool
    default: false
  create_user:
    description:
      - With O(state=present), create the user and a group of the same name where they are missing. Both are system
        accounts. The user cannot log in and has no home directory.
      - An account that exists is not changed. Where the module fails, what it created is removed again.
    type: bool
    default: false
  backup:
    description:
      - Whether to keep a copy of each file beside it before it is changed.
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
    description: Replaces files as a whole, so that the old or the new content is there at every moment.
    support: full
notes:
  - Needs root.
  - The engine reads the two files itself. Ranges that a name service such as FreeIPA gives out mean nothing to it,
    and are not known to this module.
  - Accounts of name services that cannot be listed are not known, and neither are their ids.
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

- name: Take the ids away again
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
  description: Lines of either file that are no ranges, of anybody. On failure, too.
  returned: always
  type: list
  elements: dict
  sample:
    - path: /etc/subuid
      line: 3
      text: alice:abc:65536
      reason: the start 'abc' is not a number
notes:
  description: What is worth knowing about the choice.
  returned: success
  type: list
  elements: str
  sample: []
diff:
  description: Each file before and after, the lines of others as well.
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
from ansible_collections.seawall.docker.plugins.module_utils._module.host import host_of
from ansible_collections.seawall.docker.plugins.module_utils._userns.subid_run import Request, SubidFailure, run


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
    try:
        result = run(host_of(module), request)
    except SubidFailure as failure:
        module.fail_json(msg=str(failure), **failure.details)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
