#!/usr/bin/python
# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: daemon_info
short_description: Show how a Docker daemon is configured, and which configuration is in force
version_added: 0.1.0
description:
  - Reads the versions, the process, every option with its running value and origin, the configuration file,
    the listeners and TLS of a Docker daemon.
  - The running value of an option is the first of these that exists, the value in the Engine API, the flag of the daemon's
    process, the value in C(daemon.json), the default. If C(daemon.json) was changed after the daemon's process started, it is
    not used, because the daemon may still run with the old values.
  - A fact that could not be read is missing in RV(daemon). RV(unread) names it, with the reason. Facts are never guessed.
author:
  - seawall.docker contributors (@seawall-docker)
extends_documentation_fragment:
  - seawall.docker._attributes
  - seawall.docker._attributes.info_module
  - seawall.docker._connection
seealso:
  - module: seawall.docker.posture_info
    description: All facts of a Docker host in one call.
  - name: Docker daemon configuration
    description: The options of the daemon.
    link: https://docs.docker.com/reference/cli/dockerd/
"""

EXAMPLES = r"""
---
- name: Look at the Docker daemon
  seawall.docker.daemon_info:
  become: true
  register: docker

- name: Show where each option comes from that is not a default
  ansible.builtin.debug:
    msg: "{{ item.key }} = {{ item.value.value }} ({{ item.value.origin.source }})"
  loop: "{{ docker.daemon.options | dict2items }}"
  loop_control:
    label: "{{ item.key }}"
  when:
    - item.value.value is defined
    - item.value.origin.kind != 'default'

- name: Fail if the engine would not start again with this daemon.json
  ansible.builtin.assert:
    that:
      - docker.daemon.config_file.state != 'invalid'
      - docker.daemon.config_file.conflicts | default([]) | length == 0
    fail_msg: "{{ docker.daemon.config_file.error or docker.daemon.config_file.conflicts }}"

- name: Look at the daemon of another host through its API
  seawall.docker.daemon_info:
    docker_host: tcp://192.0.2.23:2376
    validate_certs: true
    ca_path: /etc/docker/ca.pem
    client_cert: /etc/docker/audit.pem
    client_key: /etc/docker/audit-key.pem
"""

RETURN = r"""
---
engine:
  description: Whether the engine could be asked.
  returned: always
  type: dict
  contains:
    state:
      description:
        - V(running) if the engine answers, V(stopped) if it is installed but does not run, V(absent) if the host has no
          engine, V(unreachable) if an engine should answer but does not.
      returned: always
      type: str
      sample: running
    reason:
      description: Why the engine could not be asked, or V(null).
      returned: always
      type: str
      sample: null
    address:
      description: The address of the engine's API, or V(null).
      returned: always
      type: str
      sample: unix:///var/run/docker.sock
    address_origin:
      description: Where the address came from. V(daemon), V(default), V(option) or V(rootless).
      returned: always
      type: str
      sample: default
    local:
      description: Whether the address is a socket of the managed host.
      returned: always
      type: bool
      sample: true
    owner:
      description:
        - The user of the process that serves the socket of the engine. V(null) if that process is not shown to be a Docker
          daemon of the managed host.
        - C(relation) is V(root), V(auditor) for the user who runs the module, or V(other).
      returned: always
      type: dict
      sample:
        uid: 0
        name: root
        relation: root
    user_engines:
      description: Sockets of engines that other users may run. They are only named; the module does not connect to them.
      returned: when the runtime directories of users could be listed
      type: list
      elements: dict
      sample: []
    other_daemons:
      description:
        - Docker daemons of root on the managed host besides the one that is described, each with C(pid) and C(unit).
      returned: when run as root, for an engine on the managed host
      type: list
      elements: dict
      sample: []
unread:
  description:
    - The facts that could not be read, each with the reason. Names begin with C(daemon) and use dots for parts. The name
      C(daemon) means all facts.
  returned: always
  type: dict
  sample:
    daemon.info.security_options.no_new_privileges: the engine shows it from version 24.0 on
daemon:
  description: The facts. Facts that could not be read are missing.
  returned: where there is an engine
  type: dict
  contains:
    distribution_package:
      description: The package of the distribution that the program of the daemon belongs to. V(null) if it belongs to none.
      returned: where the engine is shown to be one of the managed host
      type: str
      sample: docker.io
    versions:
      description: Versions of the engine, its API and its parts.
      returned: where the engine answers
      type: dict
      sample:
        api: "1.41"
        components: {Engine: 20.10.24+dfsg1, containerd: 1.6.20~ds1, docker-init: 0.19.0, runc: 1.1.5+ds1}
        containerd: 1.6.20~ds1
        engine: 20.10.24+dfsg1
        init: 0.19.0
        minimum_api: "1.12"
        runc: 1.1.5+ds1
    process:
      description:
        - The process of the daemon. The kernel names it as the process that serves the API socket. If the engine does not
          answer, the service manager or the pid file names it. The module never searches for it by name.
        - RV(ignore:identity) is the id of the process and its start in clock ticks after the boot.
        - RV(ignore:agreement) says whether these sources name the same process. V(null) if there is only one source.
        - RV(ignore:kill_mode) is which processes systemd ends when it stops the unit, V(null) if systemd does not run the daemon.
          RV(ignore:stop_kills_shims) says whether the shim of a running container ends with it.
        - RV(ignore:limits) are the limits of the daemon's own process, V(null) without a limit.
        - RV(ignore:reload_needed) says whether systemd has not yet read the files of the unit as they are now.
          RV(ignore:changed_arguments) are the flags that have another value at the next start of the daemon.
        - RV(ignore:dependent_units) are the active units that systemd stops together with the unit.
        - RV(ignore:left_containers) is there only if no engine is found. It has the ids of containers that run on without it,
          and whether live restore is on at its next start.
      returned: where the engine is shown to be one of the managed host
      type: dict
      sample:
        agreement: true
        changed_arguments: []
        dependent_units: []
        kill_mode: process
        limits:
          nofile: {hard: 524288, soft: 1024}
        manager: systemd
        pid: 57
        reload_needed: false
        socket_unit: docker.socket
        socket_unit_files: [/lib/systemd/system/docker.socket]
        source: systemd
        started_at: "2026-11-23T23:42:52Z"
        identity: 812/4711
        stop_kills_shims: false
        unit: docker.service
        unit_files: [/lib/systemd/system/docker.service]
        user_id: 0
    config_file:
      description:
        - The configuration file that the daemon reads, checked as this version of the daemon would check it.
        - RV(ignore:config_file.state) is V(ok), V(absent), V(empty), V(invalid) or V(unreadable). With an invalid file
          the engine would not start, and RV(ignore:config_file.error) says why.
        - RV(ignore:config_file.unfinished) are keys that M(seawall.docker.daemon_config) wrote and the engine has not taken over.
        - RV(ignore:config_file.unfinished_change) is only there if there are such keys. It holds what the engine needs to take them
          over (C(needs)), the copy of the earlier file (C(backup_file)), whether it can be restored (C(restorable)), and the
          values in the file (C(options)).
        - RV(ignore:config_file.ineffective) are keys that the engine accepts and does not use.
      returned: where the engine is on the managed host
      type: dict
      sample:
        column: null
        conflicts: [{flag: -H, key: hosts, set_by: /lib/systemd/system/docker.service}]
        duplicate: [{key: debug, lines: [2, 7]}]
        error: null
        ineffective:
          - key: insecure-registry
            line: 3
            reason: insecure-registry is the name of the flag; in the file the engine reads insecure-registries
        keys: [debug, insecure-registry, hosts]
        line: null
        newer_than_daemon: true
        path: /etc/docker/daemon.json
        state: ok
        unfinished: []
        unknown: []
        wrong_type: []
    options:
      description:
        - Every option that the engine's version has, by its name in C(daemon.json), with RV(ignore:value) and
          RV(ignore:origin). An option whose running value is not known has neither.
        - The RV(ignore:origin) has a C(kind), which is V(default), V(daemon.json), V(flag), V(systemd_unit),
          V(systemd_dropin), V(environment_file), or V(api) if only the engine itself shows the value. Its C(source) is
          the file in most cases.
        - Credentials in addresses and in log options are replaced by V(***).
      returned: where the daemon's process or the API can be read
      type: dict
      sample:
        hosts: {origin: {kind: systemd_unit, source: /lib/systemd/system/docker.service}, value: ["fd://"]}
        icc: {origin: {kind: daemon.json, source: /etc/docker/daemon.json}, value: false}
        live-restore: {origin: {kind: default, source: null}, value: false}
    differences:
      description: Options whose running value is not the configured one.
      returned: where the daemon's process or the API can be read
      type: list
      elements: dict
      sample:
        - configured: true
          effective: false
          option: selinux-enabled
          origin: {kind: daemon.json, source: /etc/docker/daemon.json}
    listeners:
      description: The addresses on which the daemon was configured to listen.
      returned: where the daemon's process can be read
      type: list
      elements: dict
      sample:
        - address: unix:///run/docker.sock
          ip: null
          origin: {kind: socket_unit, source: /lib/systemd/system/docker.socket}
          path: /run/docker.sock
          port: null
          scheme: unix
    listening_sockets:
      description: Every TCP and unix socket on which the daemon's process listens, as the kernel shows it.
      returned: where the daemon's process can be read, as root
      type: list
      elements: dict
      sample:
        - {address: null, path: /run/docker.sock, port: null, protocol: unix, published: false}
        - {address: null, path: /var/run/docker/metrics.sock, port: null, protocol: unix, published: false}
    tls:
      description: TLS on the daemon's TCP listeners, and whether clients must show a certificate.
      returned: where the daemon's process can be read
      type: dict
      sample: {ca: null, certificate: null, enabled: false, key: null, verify: false}
    info:
      description: What the engine reports about itself, in one format for all versions.
      returned: where the engine answers
      type: dict
      sample:
        architecture: x86_64
        authorization_plugins: []
        cgroup_driver: cgroupfs
        cgroup_version: 1
        containers: {paused: 0, running: 3, stopped: 0, total: 3}
        cpus: 2
        data_root: /var/lib/docker
        debug: false
        default_runtime: runc
        driver: overlay2
        driver_status:
          Backing Filesystem: extfs
          Native Overlay Diff: "true"
          Supports d_type: "true"
          userxattr: "false"
        experimental: false
        image_store: graphdriver
        images: 3
        insecure_registries: [{registry: "registry.example.com:5000"}]
        kernel: 6.1.0-18-amd64
        limits_supported: {cpu_cfs: true, cpu_shares: true, cpuset: true, memory: true, pids: true, swap: true}
        live_restore: false
        logging_driver: json-file
        memory_bytes: 2074640384
        name: web1
        operating_system: Debian GNU/Linux 12 (bookworm)
        registry_mirrors: []
        runtimes: [io.containerd.runc.v2, io.containerd.runtime.v1.linux, runc]
        security_options:
          apparmor: false
          cgroupns: false
          rootless: false
          seccomp: default
          selinux: false
          userns: false
        swarm: {manager: false, state: inactive}
        system_time: "2026-11-24T05:00:00Z"
        warnings: []
    seccomp_profile:
      description:
        - The profile of containers that name none. C(kind) is V(builtin), V(custom), or V(unconfined) where it forbids
          nothing that leads out of a container.
      returned: where it is known
      type: dict
      sample: {kind: builtin, name: default}
    default_bridge:
      description: Whether there is a default bridge network, and whether containers on it reach each other.
      returned: where the engine answers
      type: dict
      sample: {icc: true, present: true}
"""

from ansible_collections.seawall.docker.plugins.module_utils._module.arguments import connection_arguments, open_context
from ansible_collections.seawall.docker.plugins.module_utils._module.basic import AnsibleModule
from ansible_collections.seawall.docker.plugins.module_utils._posture.section import gather_section


def main() -> None:
    module = AnsibleModule(argument_spec=connection_arguments(), supports_check_mode=True)
    context = open_context(module)
    result = gather_section(context, "daemon")
    context.close()
    module.exit_json(changed=False, **result)


if __name__ == "__main__":
    main()
