#!/usr/bin/python
# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: limits_proof
short_description: Test whether limits of containers hold on the host
version_added: 0.1.0
author:
  - seawall.docker contributors (@seawall-docker)
description:
  - Starts temporary containers that try to take more than their limits, and asks the kernel what it did. Nothing of the host or of
    its containers is changed.
  - C(memory) - a process that wants 48 MiB in a container with a limit of 32 MiB must be killed, and a container beside it must
    run on. C(pids) - a container with a limit of 16 processes must be refused more. C(cpu_weight) - of two busy containers on one
    CPU, the one with 1024 shares must get at least four times the CPU time of the one with 64. C(device_write) - a container with
    a limit of 1 MiB a second on the disk of the engine must write 3 MiB more slowly than one without.
  - A limit counts as enforced only if the kernel's own counts of the container show it. Where a container got more than its limit,
    the limit is V(not_enforced), for example where the kernel lacks the controller and the engine drops the limit.
  - All containers have small bounds. Where no limit holds, they take at most 256 MiB of memory, 32 processes and half a minute of
    CPU time. With less than 512 MiB of free memory, nothing is tried.
  - The image is made from a shell of the host, or is one that the engine already has. Nothing is pulled.
  - Containers and image are removed before the module returns. If a run was killed, the next run removes what it left, as
    M(seawall.docker.isolation_proof) does, and lists it in RV(swept).
options:
  image:
    description:
      - An image that the engine already has, with C(sh), C(sleep) and C(dd).
      - Without it, an image is made from busybox or from the shell of the host with its libraries, and removed again.
    type: str
  report_directory:
    description:
      - A directory on the controller. The result is written to C(limits-proofs/HOST.json) in it, with the mode V(0600).
      - If it is the directory of the audit reports, the next M(seawall.docker.report) shows the proof with its host.
      - In check mode nothing is written.
    type: path
extends_documentation_fragment:
  - seawall.docker._attributes
  - seawall.docker._attributes.action_plugin
  - seawall.docker._proof
notes:
  - Needs root, since only root can make sure that a control group is the container's.
seealso:
  - module: seawall.docker.isolation_proof
  - module: seawall.docker.container_limits
  - module: seawall.docker.report
"""

EXAMPLES = r"""
---
- name: Test whether limits of containers hold
  seawall.docker.limits_proof:
    report_directory: reports
  register: proof
  become: true

- name: Require that no limit is dropped
  ansible.builtin.assert:
    that: proof.verdict != 'not_enforced'
    fail_msg: "{{ proof.lines[0] }}"
"""

RETURN = r"""
---
verdict:
  description:
    - V(not_enforced) if a container got more than one of its limits.
    - V(enforced) if all limits were seen to hold, but those that cannot be tried here.
    - V(inconclusive) in every other case, with RV(reason).
  returned: success
  type: str
  sample: enforced
reason:
  description: What decided, or why nothing is proved. Without a full stop.
  returned: success
  type: str
  sample: "pids: a container that started 32 processes was refused more than 16"
lines:
  description: The result as sentences, the verdict first.
  returned: success
  type: list
  elements: str
  sample:
    - "ENFORCED: 3 of 4 limits were seen to hold."
    - "pids: enforced: a container that started 32 processes was refused more than 16."
trials:
  description:
    - What was tried, as C(trial), with its C(state) and what was seen as C(reason). Empty if no container was started.
    - The state is C(enforced), C(not_enforced), C(inconclusive), or C(not_possible) for a limit that this engine or kernel does not
      have, and for a disk that cannot be tried. That is no pass.
  returned: success
  type: list
  elements: dict
  sample:
    - trial: pids
      state: enforced
      reason: a container that started 32 processes was refused more than 16
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
  sample: reports/limits-proofs/web1.json
"""

from ansible_collections.seawall.docker.plugins.module_utils._module.basic import AnsibleModule
from ansible_collections.seawall.docker.plugins.module_utils._module.ending import run_and_exit
from ansible_collections.seawall.docker.plugins.module_utils._module.proof_arguments import proof_arguments
from ansible_collections.seawall.docker.plugins.module_utils._trial.limits_proof import Request, run


def main() -> None:
    module = AnsibleModule(
        argument_spec=proof_arguments(),
        supports_check_mode=True,
    )
    parameters = module.params
    request = Request(parameters["image"], parameters["docker_host"], parameters["timeout"], module.check_mode)
    run_and_exit(module, run, request)


if __name__ == "__main__":
    main()
