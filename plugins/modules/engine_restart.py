#!/usr/bin/python
# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: engine_restart
short_description: Restart or reload the Docker Engine, and roll back if it does not start
version_added: 0.1.0
author:
  - seawall.docker contributors (@seawall-docker)
description:
  - Restarts or reloads the engine of the host, waits until it answers, and compares its facts and its containers
    with those before. Then it runs a test container and removes it, since an engine that answers may still be unable to
    start containers.
  - If options of the network change (C(bip), C(iptables), C(icc) and others), the default routes and the addresses of the
    host must be as before, and test containers with a network are run. One must reach the other on the bridge of the engine
    (with C(icc=false) it must not), the host must reach a published port, and a container must reach the gateway of the
    host if it did before. See RV(network).
  - On any failure the module restores the files in O(restore) and starts the engine again. Then it fails with the reason,
    the result of the rollback, and the end of the engine's log.
  - Every wait has a time limit, also if the service manager has none.
  - In check mode, the module says what a restart would do to each container.
options:
  mode:
    description:
      - V(restart) stops the engine and starts it again. An engine that does not run is only started.
      - With V(reload) the engine reads its configuration file again. The module fails if the engine does not apply it.
      - V(none) does nothing, so that you can always pass RV(seawall.docker.daemon_config#module:needs).
    type: str
    choices:
      - restart
      - reload
      - none
    default: restart
  timeout:
    description:
      - How many seconds to wait until the engine answers after its start. In addition, it has up to 120 seconds to stop.
    type: int
    default: 120
  expect:
    description:
      - Facts that must be true afterwards, else the restart counts as failed. Names and formats are those of RV(engine).
      - With C(userns=true), the user namespace of the test container is checked, too.
    type: dict
    default: {}
  canary:
    description:
      - Whether to run a test container after the restart. It has no network and no rights. Its image is made from a program
        of the host (busybox, sleep or docker-init) or of this collection. Other images are never used.
      - If options of the network change, up to three more containers are run. One of them publishes a port of the host for
        some seconds, at which nothing is served.
      - If there is no such program, V(auto) skips the test, and V(required) fails before anything is stopped. V(never)
        never runs a container.
      - With V(required) and C(userns=true) in O(expect), the restart also counts as failed if the kernel does not show
        which user of the host is root in the container.
    type: str
    choices:
      - auto
      - required
      - never
    default: auto
  live_restore_holds:
    description:
      - Whether the engine will still know the containers that live restore keeps running.
      - Set this to V(false) for a change of C(userns-remap), C(data-root), C(storage-driver), C(exec-root), the
        address of containerd or the cgroup driver. This changes the forecast.
    type: bool
    default: true
  containers_hidden:
    description:
      - Set this to V(true) for a change after which the engine shows other images and containers than before, such
        as one of C(userns-remap) or C(data-root). With V(false), containers that are missing afterwards are a failure.
      - With V(true), it is a failure if an old container still runs half a minute later, since no engine would know it.
    type: bool
    default: false
  prepares:
    description:
      - Set this to V(true) for a reload that only prepares another change of the same file, such as live restore off before
        C(userns-remap). Until that change is in force, a failure or a later run goes back to the file of before both.
    type: bool
    default: false
  docker_host:
    description:
      - The unix socket of the engine of this host, such as V(unix:///var/run/docker.sock). Without it, the module
        finds the socket.
    type: str
extends_documentation_fragment:
  - seawall.docker._attributes
  - seawall.docker._restore
attributes:
  check_mode:
    support: full
    details:
      - Says what would happen to each container.
  diff_mode:
    support: none
    details:
      - Other modules change the files. RV(differences) contains what changed in the engine.
  idempotent:
    support: none
    details:
      - Every run restarts the engine. Use it with RV(seawall.docker.daemon_config#module:needs).
  platform:
    support: full
    platforms: posix
  safe_file_operations:
    description: Replaces files as a whole, so that a file always has either the old or the new content.
    support: full
notes:
  - Needs root.
  - Works with systemd, sysvinit and OpenRC. The module refuses an engine without service manager, a rootless engine and a snap.
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

- name: Restart the engine, and roll back if its containers are not remapped
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

- name: Apply the change
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
  description: What was done, or in check mode would be done. One of V(restarted), V(started), V(reloaded), V(none).
  returned: success
  type: str
  sample: restarted
forecast:
  description:
    - What a restart will do to each container, as predicted before it. Empty for a reload.
    - Live restore keeps no container whose shim systemd ends together with the engine (C(KillMode) of the unit).
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
    - What really happened to each container. Empty in check mode.
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
    - The test container. RV(ignore:state) is V(passed), V(failed) or V(skipped).
    - RV(ignore:swept) lists objects of an earlier run that was killed. They were removed now.
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
network:
  description:
    - The network after a restart that changed its options. V(null) if none of them changed, or before the test was reached.
    - RV(ignore:options) are the options that changed.
    - RV(ignore:host) is V(as before), or what the host lost.
    - RV(ignore:bridge) says whether a container reached another one on the bridge of the engine, RV(ignore:port) whether the
      host reached a published port, and RV(ignore:outside) whether a container of a new network reached the gateway of the
      host. V(null) where no changed option concerns it.
  returned: always
  type: dict
  sample:
    options: [icc]
    host: as before
    bridge: "not reached, as asked for with icc: false"
    port: reached
    outside: null
engine:
  description: Facts of the engine before the restart. V(null) if it did not answer.
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
new_arguments:
  description:
    - Flags of the daemon that a restart brings into force or ends, because the unit or a file of variables was changed after
      the daemon started. Each with the file that sets it.
    - The module refuses a restart if systemd has not read the changed unit files yet, if the engine would not start with
      the new flags, and, unless O(containers_hidden=true), if the engine would then show other containers.
  returned: always
  type: list
  elements: str
  sample: [userns-remap (in /etc/systemd/system/docker.service.d/remap.conf)]
units:
  description:
    - Units of systemd that were active and that a stop of the engine stops as well, for example with C(Requires=docker.service)
      or C(BindsTo=docker.service). The module starts those again that were active before, also after a rollback.
    - RV(ignore:active) is whether the unit is active again. In check mode, the units that a restart would stop and start.
  returned: always
  type: list
  elements: dict
  sample:
    - unit: web.service
      active: true
manager:
  description: What manages the engine, V(systemd), V(sysvinit) or V(openrc).
  returned: success
  type: str
  sample: systemd
seconds:
  description: How long the module took.
  returned: always
  type: float
  sample: 4.2
log:
  description: The end of the engine's log since the restart, if it failed. Credentials are masked.
  returned: always
  type: list
  elements: str
  sample: []
error:
  description: The first error.
  returned: failure
  type: str
  sample: docker.service has failed (exit-code)
rolled_back:
  description: Whether the files were restored, and the engine runs with them and shows the same images and containers.
  returned: failure
  type: bool
  sample: true
restored:
  description: The files that were restored.
  returned: failure
  type: list
  elements: str
  sample: [/etc/docker/daemon.json]
rollback_error:
  description: Why the rollback failed. V(null) if it did not fail.
  returned: failure
  type: str
  sample: null
"""

from ansible_collections.seawall.docker.plugins.module_utils._module.basic import AnsibleModule
from ansible_collections.seawall.docker.plugins.module_utils._module.ending import run_and_exit
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
            "prepares": {"type": "bool", "default": False},
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
        parameters["prepares"],
        parameters["docker_host"],
        module.check_mode,
    )
    run_and_exit(module, run, request)


if __name__ == "__main__":
    main()
