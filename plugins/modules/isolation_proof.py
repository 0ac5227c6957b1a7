#!/usr/bin/python
# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: isolation_proof
short_description: Test whether root in a container can change files of root on the host
version_added: 0.1.0
author:
  - seawall.docker contributors (@seawall-docker)
description:
  - Starts a temporary container that mounts a test directory of the host. As root, with the rights that every container
    gets, it tries to overwrite one file and to delete another. Both files belong to root of the host. Directory and files are
    made for this test. No file of the system is touched.
  - The directory also contains a control file that everybody may write. The result is V(protected) only if the two files are
    unchanged, the container wrote to the control file that it tried both, and the kernel of the host confirms the container.
    For this, the process must be in the control group of the container, which root owns, must have the directory mounted, and
    must run as another user than root by its id map. Every other result is V(inconclusive), with the reason.
  - The image is made from a shell of the host, or is one that the engine already has. Nothing is pulled.
  - Container, image and directory are removed before the module returns. Before a run creates them, it writes their names
    into a record below C(/run/seawall.docker), which only root can write. If a run was killed, the next run removes what it
    left, if id, name and image match that record, and lists it in RV(swept). Labels are ignored.
options:
  image:
    description:
      - An image that the engine already has, with C(sh), C(rm) and C(sleep).
      - Without it, an image is made from busybox or from the shell of the host with its libraries, and removed again.
    type: str
  userns:
    description:
      - V(default) tests what an ordinary container can do.
      - V(host) starts the container without a user namespace, as everyone can who starts containers. On a host with
        C(userns-remap) this shows what such a container could do.
    type: str
    choices:
      - default
      - host
    default: default
  report_directory:
    description:
      - A directory on the controller. The result is written to C(proofs/HOST.json) in it, with the mode V(0600).
      - If it is the directory of the audit reports, the next M(seawall.docker.report) shows the proof with its host.
      - In check mode nothing is written.
    type: path
extends_documentation_fragment:
  - seawall.docker._attributes
  - seawall.docker._attributes.action_plugin
  - seawall.docker._proof
notes:
  - Needs root, since only root can create files of root.
  - With SELinux in enforcing mode, containers cannot write to the directory, which is not relabelled. The result is
    inconclusive then.
seealso:
  - module: seawall.docker.userns_info
  - module: seawall.docker.report
"""

EXAMPLES = r"""
---
- name: Test what root in a container can do
  seawall.docker.isolation_proof:
    report_directory: reports
  register: proof
  become: true

- name: Require protection
  ansible.builtin.assert:
    that: proof.verdict == 'protected'
    fail_msg: "{{ proof.lines[0] }}"

- name: Test a container that is started with --userns=host
  seawall.docker.isolation_proof:
    userns: host
  become: true
"""

RETURN = r"""
---
verdict:
  description:
    - V(exposed) if the container changed a file of root of the host.
    - V(protected) if the container tried and could not.
    - V(inconclusive) in every other case, with RV(reason).
  returned: success
  type: str
  sample: exposed
reason:
  description: What happened, or why nothing is proved. One sentence without a full stop.
  returned: success
  type: str
  sample: root of a container overwrote and deleted a file of root of the host
lines:
  description: The result as sentences, the verdict first.
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
  description: Whether the file to overwrite was changed. V(null) if this was not tested.
  returned: success
  type: bool
  sample: true
deleted:
  description: Whether the file to delete was deleted or changed. V(null) if this was not tested.
  returned: success
  type: bool
  sample: true
control_written:
  description: Whether the container wrote to the file that everybody may write. V(null) if this was not tested.
  returned: success
  type: bool
  sample: true
container_root_uid:
  description: The user id on the host of root in the container, by RV(uid_map). V(null) if it is not known.
  returned: success
  type: int
  sample: 0
uid_map:
  description:
    - The user id map of the container's process, as the kernel shows it on the host.
    - V(null) if the process was not seen, or if it could not be proved that it belongs to the container.
  returned: success
  type: list
  elements: dict
  sample:
    - inside: 0
      outside: 0
      count: 4294967295
userns:
  description: The value of the option O(userns).
  returned: success
  type: str
  sample: default
remapping:
  description: Whether the engine says that it uses user namespaces. V(null) if it was not asked.
  returned: success
  type: bool
  sample: false
image:
  description: The program or image of the container. V(null) if none was found.
  returned: success
  type: str
  sample: /usr/bin/dash
engine_version:
  description: The version of the engine. V(null) if it was not asked.
  returned: success
  type: str
  sample: 26.1.5+dfsg1
engine_process:
  description:
    - The process of the engine that was tested, by its id and its start in clock ticks after the boot. V(null) if the engine
      was not asked. Reports show a proof that was made with another process as outdated.
  returned: success
  type: str
  sample: 812/4711
proved_at:
  description: The time of the test by the clock of the host, in UTC.
  returned: success
  type: str
  sample: "2026-11-24T05:58:12Z"
swept:
  description: Objects that an earlier, killed run left. They were removed now.
  returned: success
  type: list
  elements: str
  sample: []
not_swept:
  description: Objects in the record of a killed run that were not removed, with the reason.
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
  returned: success, if O(report_directory) is given and check mode is off
  type: str
  sample: reports/proofs/web1.json
"""

from ansible_collections.seawall.docker.plugins.module_utils._module.basic import AnsibleModule
from ansible_collections.seawall.docker.plugins.module_utils._module.ending import run_and_exit
from ansible_collections.seawall.docker.plugins.module_utils._module.proof_arguments import proof_arguments
from ansible_collections.seawall.docker.plugins.module_utils._trial.isolation_proof import Request, run


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            **proof_arguments(),
            "userns": {"type": "str", "choices": ["default", "host"], "default": "default"},
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
    run_and_exit(module, run, request)


if __name__ == "__main__":
    main()
