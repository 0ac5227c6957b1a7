#!/usr/bin/python
# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: isolation_proof
short_description: Try whether root of a container can change files of root of the host
version_added: 0.1.0
author:
  - seawall.docker contributors (@seawall-docker)
description:
  - Does the experiment that people do by hand when they mount C(/etc) into a container and delete a file, safely. A
    throw-away container, as its root and with the rights that every container gets, tries to overwrite one file and to
    delete another. Both belong to root, in a directory that is made for this. No file of the system is touched.
  - The directory also holds a file that everybody may write. An unharmed file means protection only where the container
    wrote to it, and says there that it tried both, and where the kernel of the host shows that the container ran. Its
    process must be in a control group of root that carries the container's id, must have the directory mounted, and
    must be another user than root by the map that the host reads. Everything else is inconclusive, with the reason.
  - The image is made from a shell of the host, or is one that the engine has. Nothing is pulled.
  - Container, image and directory are removed before the module returns. Each run first writes into a record below
    C(/run/seawall.docker), which only root can write, what it is about to make. What a killed run left behind is removed
    by the next one if it agrees with that record in id, name and image, and is told in RV(swept). Labels decide nothing.
options:
  image:
    description:
      - An image that the engine has, with C(sh), C(rm) and C(sleep).
      - Without it, an image is made from busybox or from the shell of the host with its libraries, and removed again.
    type: str
  userns:
    description:
      - V(default) tries what an ordinary container can do.
      - V(host) asks the engine to leave user namespaces out for this container, as everyone may who starts containers.
        On a host with remapped users this shows what such a container could do.
    type: str
    choices:
      - default
      - host
    default: default
  docker_host:
    description:
      - The unix socket of the engine of this host, such as V(unix:///var/run/docker.sock). Found by itself where it is
        not given.
    type: str
  timeout:
    description:
      - How many seconds the whole experiment may take.
    type: int
    default: 60
  report_directory:
    description:
      - A folder on the controller, in which the result is written to C(proofs/HOST.json) with the mode V(0600).
      - Where it is the folder of an audit's reports, the next M(seawall.docker.report) shows the proof with its host.
      - In check mode nothing is written.
    type: path
extends_documentation_fragment:
  - seawall.docker._attributes
  - seawall.docker._attributes.action_plugin
attributes:
  action:
    support: full
    details:
      - The experiment is done on the host. The result is written on the controller, by the user who runs Ansible.
  async:
    support: none
  bypass_host_loop:
    support: none
  check_mode:
    support: full
    details:
      - Looks whether the experiment could be made, and does not make it. RV(verdict) is V(inconclusive) then.
  diff_mode:
    support: none
    details:
      - Nothing is left that could differ.
  idempotent:
    support: full
    details:
      - Never counts as changed, since the host is afterwards as it was before.
  platform:
    support: full
    platforms: posix
notes:
  - Needs root, since only root can make a file of root.
  - With SELinux in enforcing mode, containers cannot write to the directory, which is not relabelled. The result is
    inconclusive then.
seealso:
  - module: seawall.docker.userns_info
  - module: seawall.docker.report
"""

EXAMPLES = r"""
---
- name: Try what root of a container may do
  seawall.docker.isolation_proof:
    report_directory: reports
  register: proof
  become: true

- name: Insist on protection
  ansible.builtin.assert:
    that: proof.verdict == 'protected'
    fail_msg: "{{ proof.lines[0] }}"

- name: See what a container could do that opts out of remapping
  seawall.docker.isolation_proof:
    userns: host
  become: true
"""

RETURN = r"""
---
verdict:
  description:
    - V(exposed) where the container changed a file of root of the host.
    - V(protected) where it was seen to try, and could not.
    - V(inconclusive) in every other case, with RV(reason).
  returned: success
  type: str
  sample: exposed
reason:
  description: What was seen, or why nothing is proved, in one sentence without a full stop.
  returned: success
  type: str
  sample: root of a container overwrote and deleted a file of root of the host
lines:
  description: The result in sentences for people, the verdict first.
  returned: success
  type: list
  elements: str
  sample:
    - "EXPOSED: root of a container overwrote and deleted a file of root of the host."
    - "Root of the container is uid 0 of the host, root of the host itself."
tried:
  description: Whether the container was started.
  returned: success
  type: bool
  sample: true
overwritten:
  description: Whether the file to overwrite was changed. V(null) where it was not tried.
  returned: success
  type: bool
  sample: true
deleted:
  description: Whether the file to delete is gone or changed. V(null) where it was not tried.
  returned: success
  type: bool
  sample: true
control_written:
  description: Whether the container wrote to the file that everybody may write. V(null) where it was not tried.
  returned: success
  type: bool
  sample: true
container_root_uid:
  description: The user id on the host of the container's root, by RV(uid_map). V(null) where it is not known.
  returned: success
  type: int
  sample: 0
uid_map:
  description:
    - The user id map of the container's process, as the kernel shows it on the host.
    - V(null) where the process could not be seen, or could not be shown to be the container's.
  returned: success
  type: list
  elements: dict
  sample:
    - inside: 0
      outside: 0
      count: 4294967295
userns:
  description: Whether the container was an ordinary one, V(default), or asked to be left out, V(host).
  returned: success
  type: str
  sample: default
remapping:
  description: Whether the engine says that it remaps users. V(null) where it was not asked.
  returned: success
  type: bool
  sample: false
image:
  description: What the container was made from. V(null) where nothing was found.
  returned: success
  type: str
  sample: /usr/bin/dash
engine_version:
  description: The version of the engine. V(null) where it was not asked.
  returned: success
  type: str
  sample: 26.1.5+dfsg1
proved_at:
  description: The moment of the experiment by the clock of the host, in UTC.
  returned: success
  type: str
  sample: "2026-11-24T05:58:12Z"
swept:
  description: What an earlier run that was killed had left behind, and is removed now.
  returned: success
  type: list
  elements: str
  sample: []
not_swept:
  description: What the record of a killed run names, and was not removed, with the reason.
  returned: success
  type: list
  elements: str
  sample: []
not_removed:
  description: What this run made and could not remove. The next run tries it again.
  returned: success
  type: list
  elements: str
  sample: []
proof_file:
  description: The file with the result on the controller.
  returned: success, where O(report_directory) is given and check mode is off
  type: str
  sample: reports/proofs/web1.json
"""

from ansible_collections.seawall.docker.plugins.module_utils._module.basic import AnsibleModule
from ansible_collections.seawall.docker.plugins.module_utils._module.host import host_of
from ansible_collections.seawall.docker.plugins.module_utils._trial.isolation_proof import Request, run


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "image": {"type": "str"},
            "userns": {"type": "str", "choices": ["default", "host"], "default": "default"},
            "docker_host": {"type": "str"},
            "timeout": {"type": "int", "default": 60},
            # Taken by the action plugin, and here for the documentation's sake.
            "report_directory": {"type": "path"},
        },
        supports_check_mode=True,
    )
    parameters = module.params
    request = Request(
        parameters["image"],
        parameters["userns"],
        parameters["docker_host"],
        parameters["timeout"],
        module.check_mode,
    )
    module.exit_json(**run(host_of(module), request))


if __name__ == "__main__":
    main()
