#!/usr/bin/python
# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: migration_record
short_description: Write down what an engine has before it gets another user mapping
version_added: 0.1.0
author:
  - seawall.docker contributors (@seawall-docker)
description:
  - Writes the whole configuration of containers, and of their networks, volumes and images, into a journal on the host. With it
    M(seawall.docker.migration_recreate) makes them again after C(userns-remap) was switched on.
  - Configurations hold secrets. So the journal is a directory that only root can enter, and the result has nothing but names, ids
    and paths.
  - Call it while the containers still run, since it records which ones do. If it is called again, it changes nothing, also after
    they were stopped. If the engine has something else than the journal says, the module fails. See O(replace).
  - Nothing of the engine is changed.
options:
  state:
    description:
      - V(present) writes the journal.
      - V(read) returns what the journal says and does not ask what the engine has now, which may be something else after a move that
        did not end. RV(id) is V(null) if there is none, also where the engine remaps.
      - V(absent) removes the journal, with the images that M(seawall.docker.migration_images) saved there.
    type: str
    choices: [present, read, absent]
    default: present
  containers:
    description:
      - The names of the containers, in the order in which they are started. A container that needs another one, by its network,
        volumes or a link, must be named after it.
      - Without it, all containers are meant, in an order that holds.
    type: list
    elements: str
  outside:
    description: Those of them that get C(--userns=host), so that their users are those of the host as before.
    type: list
    elements: str
    default: []
  images:
    description: Further images to take along, by name or id. V(*) means all that have a name.
    type: list
    elements: str
    default: []
  compose:
    description:
      - Leave the containers that compose made to compose. They are recorded and stopped, and their networks, volumes and images are
        taken along, but M(seawall.docker.migration_recreate) does not make them again. RV(compose_projects) has the command for each project.
    type: bool
    default: false
  replace:
    description:
      - Write a new journal in the place of one that is no longer what the engine has. Refused if something was made from it.
    type: bool
    default: false
extends_documentation_fragment:
  - seawall.docker._attributes
  - seawall.docker._journal
  - seawall.docker._migration
attributes:
  diff_mode:
    details:
      - A difference would show secrets.
notes:
  - Containers with C(--rm), networks of a swarm or of plugins, and volumes of other drivers than C(local) are refused.
seealso:
  - module: seawall.docker.migration_images
  - module: seawall.docker.migration_copy
  - module: seawall.docker.migration_recreate
  - module: seawall.docker.migration_cleanup
"""

EXAMPLES = r"""
---
- name: Write down what the engine has
  seawall.docker.migration_record:
    outside: [web]
  become: true
  register: recorded
"""

RETURN = r"""
---
journal:
  description: The directory of the journal.
  returned: success
  type: str
  sample: /var/lib/seawall.docker/migration
id:
  description: What the journal is called by the other modules, V(null) with O(state=absent), and with O(state=read) if there is none.
  returned: success
  type: str
  sample: 0123456789abcdef0123456789abcdef
switched:
  description: Whether the engine remaps by now, and the journal is about what it had before.
  returned: success
  type: bool
  sample: false
containers:
  description:
    - The containers, in the order in which they are started.
    - C(written) is how many files and directories a container changed in itself, and not in a volume, V(null) if that is not known.
      They are not in the container that is made again. C(written_paths) are the first 20.
  returned: success
  type: list
  elements: dict
  sample:
    - name: shop-web-1
      id: 7b0cfd1f5c5e1f0a4d0b4a3b1f5e6d7c8b9a0f1e2d3c4b5a69788796a5b4c3d2
      image_id: sha256:0b0cfd1f5c5e1f0a4d0b4a3b1f5e6d7c8b9a0f1e2d3c4b5a69788796a5b4c3d2
      was_running: true
      outside: false
      written: 1
      written_paths: [/etc/shop.conf]
compose_projects:
  description:
    - The projects of compose among them. C(left) says whether their containers are left to compose, with O(compose).
    - C(command) makes and starts them, quoted for a shell, as far as the labels say how compose was called. Profiles and variables of the
      environment are not in it. V(null) where the files are not known.
  returned: success
  type: list
  elements: dict
  sample:
    - project: shop
      containers: [shop-web-1]
      left: false
      command: docker compose --project-name shop --project-directory /srv/shop --file /srv/shop/compose.yml up --detach
networks:
  description: The names of their networks, without those that every engine has.
  returned: success
  type: list
  elements: str
  sample: [shop_default]
volumes:
  description: Their volumes whose data lies on this host, named and anonymous.
  returned: success
  type: list
  elements: dict
  sample:
    - name: shop_data
      path: /var/lib/docker/volumes/shop_data/_data
volumes_elsewhere:
  description: Their volumes with options, whose data lies elsewhere, such as on a server or in a directory that is mounted. It is not copied.
  returned: success
  type: list
  elements: str
  sample: [shop_share]
images:
  description: Their images.
  returned: success
  type: list
  elements: dict
  sample:
    - id: sha256:0b0cfd1f5c5e1f0a4d0b4a3b1f5e6d7c8b9a0f1e2d3c4b5a69788796a5b4c3d2
      tags: ["shop/web:1"]
image_bytes:
  description: The size of the images. Layers that several of them share are counted for each.
  returned: success
  type: int
  sample: 1983488
data_root:
  description: The data root of the engine without remapping, V(null) if nothing is recorded.
  returned: success
  type: str
  sample: /var/lib/docker
free_bytes:
  description: How much room is left in the data root, V(null) if it is not known.
  returned: success
  type: int
  sample: 52428800000
reserve_bytes:
  description: How many bytes of a file system the copies of volumes and images leave free.
  returned: success
  type: int
  sample: 268435456
removed:
  description:
    - V(begun) or V(done) if M(seawall.docker.migration_cleanup) removed what the engine had before, so nobody can go back. With V(done) the
      other values are empty. V(null) otherwise.
  returned: success
  type: str
  sample: null
uid_map:
  description:
    - By which ids the engine remaps, for the options of the same name of the other modules. V(null) if it does not remap, or if
      C(/etc/subuid) does not give these ids to one owner with a single range.
  returned: success
  type: list
  elements: dict
  sample:
    - inside: 0
      outside: 100000
      count: 65536
gid_map:
  description: The same for groups, from C(/etc/subgid). V(null) like RV(uid_map).
  returned: success
  type: list
  elements: dict
  sample:
    - inside: 0
      outside: 100000
      count: 65536
refusals:
  description: Everything that forbids it. Nothing was written.
  returned: failure
  type: list
  elements: str
  sample:
    - "job: it is removed as soon as it is stopped (--rm), so nothing would be left to go back to; leave it out"
"""

from ansible_collections.seawall.docker.plugins.module_utils._module.basic import AnsibleModule
from ansible_collections.seawall.docker.plugins.module_utils._module.ending import run_and_exit
from ansible_collections.seawall.docker.plugins.module_utils._remake.journal import OPTIONS
from ansible_collections.seawall.docker.plugins.module_utils._remake.record_run import Request, run
from ansible_collections.seawall.docker.plugins.module_utils._remake.taking import Wanted


def main() -> None:
    names = {"type": "list", "elements": "str"}
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": ["present", "read", "absent"], "default": "present"},
            "containers": names,
            "outside": {**names, "default": []},
            "images": {**names, "default": []},
            "compose": {"type": "bool", "default": False},
            "replace": {"type": "bool", "default": False},
            **OPTIONS,
        },
        supports_check_mode=True,
    )
    asked = module.params
    wanted = Wanted(asked["containers"], asked["outside"], asked["images"], asked["compose"])
    request = Request(
        asked["journal"],
        asked["state"],
        wanted,
        asked["replace"],
        asked["docker_host"],
        asked["timeout"],
        module.check_mode,
    )
    run_and_exit(module, run, request)


if __name__ == "__main__":
    main()
