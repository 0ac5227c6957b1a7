#!/usr/bin/python
# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: engine_restart
short_description: Restart or reload the Docker Engine, and go back where it does not come up
version_added: 0.1.0
author:
  - seawall.docker contributors (@seawall-docker)
description:
  - Restarts or reloads the engine of the host, waits until it answers, and compares its facts and its containers
    with those before. Then it runs a container that is made for this and removed afterwards, since an engine that
    answers may still be unable to run one.
  - On any failure the files in O(restore) are put back, the engine is started again, and the module fails with the
    reason, with what came of going back, and with the end of the engine's log.
  - Every wait has an end, also where the service manager has none.
  - In check mode, the module says for each container what a restart would do to it.
options:
  mode:
    description:
      - V(restart) stops the engine and starts it again, or starts it where it does not run.
      - V(reload) has it read its configuration file again, and fails where the engine does not take it over.
      - V(none) does nothing, so that RV(seawall.docker.daemon_config#module:needs) can be handed over as it is.
    type: str
    choices:
      - restart
      - reload
      - none
    default: restart
  timeout:
    description:
      - How many seconds the engine may take to answer once it was started. To stop, it is given up to 120 seconds more.
    type: int
    default: 120
  restore:
    description:
      - What to put back on failure, as RV(seawall.docker.daemon_config#module:restore) and
        RV(seawall.docker.subid#module:restore) say it. Of two entries about one file the first counts.
      - Only files are put back here. Accounts and reloads are taken back by M(seawall.docker.undo).
      - Only the configuration file of the engine, C(/etc/subuid) and C(/etc/subgid) are put back. A copy must be a regular
        file of root in the directory of its file.
    type: list
    elements: dict
    default: []
    suboptions:
      path:
        description: A file that was changed.
        type: path
      backup_file:
        description: The copy that is put in its place. Without it, the file did not exist before, and is removed.
        type: path
      user:
        description: A user that was created.
        type: str
      uid:
        description: The number of the user.
        type: int
      group:
        description: A group that was created.
        type: str
      gid:
        description: The number of the group.
        type: int
      reload:
        description: Facts of the engine before it was reloaded.
        type: dict
  expect:
    description:
      - Facts that must hold afterwards, or it is a failure. Names and forms are those of RV(engine).
      - With C(userns=true), the user namespace of the container that is tried is looked at as well.
    type: dict
    default: {}
  canary:
    description:
      - Whether to run a container. It gets no network and no rights, from an image that is made for it of a program of
        the host (busybox, sleep or docker-init) or of this collection. Images of others are never run for this.
      - V(auto) goes on where there is no such program. V(required) fails then, before anything is stopped. V(never)
        does not try.
      - With V(required) and C(userns=true) in O(expect), it is also a failure where the kernel does not show which user of
        the host the container's root is.
    type: str
    choices:
      - auto
      - required
      - never
    default: auto
  live_restore_holds:
    description:
      - Whether containers that live restore keeps running will still belong to the engine afterwards.
      - Set this to V(false) for a change of C(userns-remap), C(data-root), C(storage-driver), C(exec-root), the
        address of containerd or the cgroup driver. It changes what is predicted.
    type: bool
    default: true
  containers_hidden:
    description:
      - Set this to V(true) for a change after which the engine shows other images and containers than before, such
        as one of C(userns-remap) or C(data-root). Otherwise this is a failure.
      - It is a failure then when a container of before still runs half a minute later, since no engine would know it.
    type: bool
    default: false
  docker_host:
    description:
      - The unix socket of the engine of this host, such as V(unix:///var/run/docker.sock). Found by itself where it is
        not given.
    type: str
extends_documentation_fragment:
  - seawall.docker._attributes
attributes:
  check_mode:
    support: full
    details:
      - Says what would become of each container.
  diff_mode:
    support: none
    details:
      - The files were changed by other modules. What changed in the engine is in RV(differences).
  idempotent:
    support: none
    details:
      - A restart is a restart. Use it with RV(seawall.docker.daemon_config#module:needs).
  platform:
    support: full
    platforms: posix
  safe_file_operations:
    description: Replaces files as a whole, so that the old or the new content is there at every moment.
    support: full
notes:
  - Needs root.
  - Works with systemd, sysvinit and OpenRC. An engine that nothing manages, a rootless one and a snap are refused.
seealso:
  - module: seawall.docker.daemon_config
  - module: seawall.docker.subid
  - module: seawall.docker.undo
"""

EXAMPLES = r"""
---
- name: See what a restart would do to the containers
  seawall.docker.engine_restart:
  check_mode: true
  register: forecast
  become: true

- name: Give a user of the host ids for containers
  seawall.docker.subid:
    user: dockremap
  register: ids
  become: true

- name: Remap users of containers to them
  seawall.docker.daemon_config:
    options:
      userns-remap: dockremap
  register: config
  become: true

- name: Restart the engine, and go back if its containers are not remapped
  seawall.docker.engine_restart:
    restore: "{{ config.restore + ids.restore }}"
    expect:
      userns: true
      data_root: "/var/lib/docker/{{ ids.start }}.{{ ids.start }}"
    canary: required
    live_restore_holds: false
    containers_hidden: true
  become: true

- name: Switch on live restore
  seawall.docker.daemon_config:
    options:
      live-restore: true
  register: config
  become: true

- name: Have the engine take it over
  seawall.docker.engine_restart:
    mode: "{{ config.needs }}"
    restore: "{{ config.restore }}"
    expect:
      live_restore: true
  become: true
"""

RETURN = r"""
---
action:
  description: What was done, or would be in check mode. One of V(restarted), V(started), V(reloaded), V(none).
  returned: success
  type: str
  sample: restarted
forecast:
  description:
    - What a restart does to each container, as told before it. Empty for a reload.
    - RV(ignore:outcome) is V(keeps_running), V(restarted), V(stopped), V(started), V(unchanged), V(deleted),
      V(orphaned) or V(hidden).
  returned: always, where the engine ran
  type: list
  elements: dict
  sample:
    - id: 6f394d294428
      name: web
      state: running
      restart_policy: "no"
      auto_remove: false
      outcome: stopped
      reason: it has no restart policy
containers:
  description:
    - What really became of each container. Empty in check mode.
    - RV(ignore:change) is V(kept), V(restarted), V(stopped), V(started), V(vanished), V(appeared) or
      V(unchanged).
  returned: always
  type: list
  elements: dict
  sample:
    - id: 6f394d294428
      name: web
      before: running
      after: exited
      change: stopped
canary:
  description:
    - The container that was tried. RV(ignore:state) is V(passed), V(failed) or V(skipped).
    - RV(ignore:swept) is what an earlier run that was killed had left behind, and is removed now.
  returned: always
  type: dict
  sample:
    state: passed
    note: made from /usr/bin/docker-init
    image: seawall-canary:0123456789ab
    uid_map:
      - inside: 0
        outside: 165536
        count: 65536
    swept: []
engine:
  description: Facts of the engine before. V(null) where it did not answer.
  returned: success
  type: dict
  sample:
    version: 26.1.5+dfsg1
    userns: false
    rootless: false
    selinux: false
    apparmor: false
    no_new_privileges: false
    live_restore: true
    debug: false
    experimental: false
    data_root: /var/lib/docker
    driver: overlay2
    cgroup_driver: cgroupfs
    logging_driver: json-file
    default_runtime: runc
    swarm: inactive
    labels: []
    insecure_registries: []
    registry_mirrors: []
    authorization_plugins: []
differences:
  description: Facts of the engine that changed, each with RV(ignore:before) and RV(ignore:after).
  returned: always
  type: dict
  sample:
    live_restore:
      before: false
      after: true
restore:
  description:
    - After a reload, how to undo it, for the option O(seawall.docker.undo#module:restore). The configuration file must be put
      back, too. Empty after a restart, and on failure.
  returned: always
  type: list
  elements: dict
  sample:
    - reload:
        live_restore: false
manager:
  description: What manages the engine, V(systemd), V(sysvinit) or V(openrc).
  returned: success
  type: str
  sample: systemd
seconds:
  description: How long it took.
  returned: always
  type: float
  sample: 4.2
log:
  description: The end of the engine's log since the restart, where it failed. Credentials are masked.
  returned: always
  type: list
  elements: str
  sample: []
error:
  description: What went wrong at first.
  returned: failure
  type: str
  sample: docker.service has failed (exit-code)
rolled_back:
  description: Whether the files are back, and the engine runs with them.
  returned: failure
  type: bool
  sample: true
restored:
  description: The files that were put back.
  returned: failure
  type: list
  elements: str
  sample: [/etc/docker/daemon.json]
rollback_error:
  description: What went wrong with going back. V(null) where nothing did.
  returned: failure
  type: str
  sample: null
"""

from ansible_collections.seawall.docker.plugins.module_utils._module.basic import AnsibleModule
from ansible_collections.seawall.docker.plugins.module_utils._module.host import host_of
from ansible_collections.seawall.docker.plugins.module_utils._restart.model import RestartFailure
from ansible_collections.seawall.docker.plugins.module_utils._restart.restore_entries import RESTORE_OPTION, entries_of
from ansible_collections.seawall.docker.plugins.module_utils._restart.run import Request, run


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "mode": {"type": "str", "choices": ["restart", "reload", "none"], "default": "restart"},
            "timeout": {"type": "int", "default": 120},
            "restore": RESTORE_OPTION,
            "expect": {"type": "dict", "default": {}},
            "canary": {"type": "str", "choices": ["auto", "required", "never"], "default": "auto"},
            "live_restore_holds": {"type": "bool", "default": True},
            "containers_hidden": {"type": "bool", "default": False},
            "docker_host": {"type": "str"},
        },
        supports_check_mode=True,
    )
    parameters = module.params
    request = Request(
        parameters["mode"],
        parameters["timeout"],
        entries_of(parameters["restore"]).files,
        parameters["expect"],
        parameters["canary"],
        parameters["live_restore_holds"],
        parameters["containers_hidden"],
        parameters["docker_host"],
        module.check_mode,
    )
    try:
        result = run(host_of(module), request)
    except RestartFailure as failure:
        module.fail_json(msg=str(failure), **failure.details)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
