#!/usr/bin/python
# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: migration_images
short_description: Take the images of an engine along to another user mapping
version_added: 0.1.0
author:
  - seawall.docker contributors (@seawall-docker)
description:
  - Saves the images that M(seawall.docker.migration_record) wrote down, before C(userns-remap) is switched on, and loads them
    afterwards. They keep their ids and names.
  - All images are in one archive in the journal, so that a layer that several of them share is there once. The archive is kept
    only if each layer and each configuration in it has the content of its id.
  - A process on the host saves or loads. It goes on if the connection to the controller is lost. The module waits for it for
    O(wait) seconds. If it is not at its end then, the module succeeds with RV(state=running). Run it again to go on waiting.
  - A process that was killed leaves nothing that counts. The next run starts anew.
options:
  state:
    description: Whether to save the images, or to load those that were saved.
    type: str
    choices: [saved, loaded]
    required: true
  pull:
    description:
      - With O(state=saved), do not save images that came from a registry. Afterwards they are pulled again, by their digest, so
        they are the same. The engine asks for them without a password.
    type: bool
    default: false
  wait:
    description: How many seconds to wait for the end.
    type: int
    default: 30
extends_documentation_fragment:
  - seawall.docker._attributes
  - seawall.docker._journal
  - seawall.docker._migration
notes:
  - While images are loaded, the engine needs twice the size of the archive beside it. With too little room nothing is loaded.
  - Digests of registries are not part of an archive. A container that was made from C(name@sha256:…) is made again by the id,
    unless the image is pulled again.
seealso:
  - module: seawall.docker.migration_record
  - module: seawall.docker.migration_copy
"""

EXAMPLES = r"""
---
- name: Save the images while the engine still shows them
  seawall.docker.migration_images:
    state: saved
  register: carried
  until: carried is failed or carried.state != 'running'
  retries: 1000
  delay: 1
  become: true
"""

RETURN = r"""
---
state:
  description: V(saved), V(loaded), V(running), or in check mode V(absent) if nothing was done yet.
  returned: success
  type: str
  sample: saved
journal:
  description: The directory of the journal.
  returned: success
  type: str
  sample: /var/lib/seawall.docker/migration
images:
  description: The images. C(pulled) says whether one is pulled again and not saved.
  returned: success
  type: list
  elements: dict
  sample:
    - id: sha256:0b0cfd1f5c5e1f0a4d0b4a3b1f5e6d7c8b9a0f1e2d3c4b5a69788796a5b4c3d2
      tags: ["shop/web:1"]
      pulled: false
progress_file:
  description: A JSON file on the host that says how far it is. It is replaced as a whole once a second.
  returned: success
  type: str
  sample: /run/seawall.docker/copy-0123456789abcdef.json
phase:
  description: V(copy), V(compare) or V(move) while images are saved, V(load) and V(pull) while they are loaded. V(null) if it is not known.
  returned: success
  type: str
  sample: move
bytes:
  description: How many bytes were done in this phase, V(null) if it is not known.
  returned: success
  type: int
  sample: 0
bytes_total:
  description:
    - How many bytes there are, V(null) if it is not known. While images are saved, layers that they share count more than once.
  returned: success
  type: int
  sample: 12288
seconds:
  description: How long it has been running, V(null) if it is not known.
  returned: success
  type: float
  sample: 0.2
seconds_left:
  description: How many seconds it may take from here, V(null) if it is not known.
  returned: success
  type: int
  sample: 0
"""

from ansible_collections.seawall.docker.plugins.module_utils._module.basic import AnsibleModule
from ansible_collections.seawall.docker.plugins.module_utils._module.ending import run_and_exit
from ansible_collections.seawall.docker.plugins.module_utils._remake.images_run import LOADED, SAVED, Request, run
from ansible_collections.seawall.docker.plugins.module_utils._remake.journal import OPTIONS


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "state": {"type": "str", "choices": [SAVED, LOADED], "required": True},
            "pull": {"type": "bool", "default": False},
            "wait": {"type": "int", "default": 30},
            **OPTIONS,
        },
        supports_check_mode=True,
    )
    asked = module.params
    request = Request(
        asked["journal"],
        asked["state"],
        asked["pull"],
        asked["wait"],
        asked["docker_host"],
        asked["timeout"],
        module.check_mode,
    )
    run_and_exit(module, run, request)


if __name__ == "__main__":
    main()
