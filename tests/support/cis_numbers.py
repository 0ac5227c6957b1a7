# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the rules must be called: number in CIS Docker 1.8.0, level, slug. Written down once, so that a slip is seen."""

from __future__ import annotations

_TABLE = """
1.1.1 1 data-root-separate
1.1.2 1 docker-users-trusted
1.1.3 1 audit-daemon-program
1.1.4 1 audit-containerd-state
1.1.5 1 audit-data-root
1.1.6 1 audit-config-directory
1.1.7 2 audit-service-unit
1.1.8 2 audit-containerd-socket
1.1.9 2 audit-api-socket
1.1.10 2 audit-defaults-file
1.1.11 2 audit-daemon-json
1.1.12 2 audit-containerd-config
1.1.13 2 audit-sysconfig-file
1.1.14 2 audit-containerd-program
1.1.15 2 audit-containerd-shim
1.1.16 2 audit-containerd-shim-runc-v1
1.1.17 2 audit-containerd-shim-runc-v2
1.1.18 2 audit-runc
1.2.1 1 host-hardened
1.2.2 1 engine-version-current
2.1 1 daemon-rootless
2.2 1 daemon-bridge-icc-off
2.3 1 daemon-log-level-info
2.4 1 daemon-iptables-managed
2.5 1 daemon-no-insecure-registries
2.6 1 daemon-no-aufs
2.7 1 daemon-no-devicemapper
2.8 1 daemon-tcp-mutual-tls
2.9 1 daemon-default-ulimits
2.10 2 daemon-userns-remap
2.11 2 daemon-cgroup-parent-default
2.12 2 daemon-devicemapper-basesize-default
2.13 2 daemon-authorization-plugin
2.14 2 daemon-central-logging
2.15 1 daemon-no-new-privileges
2.16 1 daemon-live-restore
2.17 1 daemon-userland-proxy-off
2.18 2 daemon-seccomp-profile
2.19 1 daemon-experimental-off
3.1 1 service-unit-owner
3.2 1 service-unit-mode
3.3 1 socket-unit-owner
3.4 1 socket-unit-mode
3.5 1 config-directory-owner
3.6 1 config-directory-mode
3.7 1 registry-certificates-owner
3.8 1 registry-certificates-mode
3.9 1 tls-ca-owner
3.10 1 tls-ca-mode
3.11 1 tls-certificate-owner
3.12 1 tls-certificate-mode
3.13 1 tls-key-owner
3.14 1 tls-key-mode
3.15 1 api-socket-owner
3.16 1 api-socket-mode
3.17 2 daemon-json-owner
3.18 2 daemon-json-mode
3.19 2 defaults-file-owner
3.20 2 defaults-file-mode
3.21 2 sysconfig-file-mode
3.22 2 sysconfig-file-owner
3.23 1 containerd-socket-owner
3.24 1 containerd-socket-mode
4.1 1 container-user-not-root
4.2 1 image-registry-allowed
4.3 1 image-minimal
4.4 1 image-rebuilt
4.5 2 content-trust
4.6 1 image-healthcheck
4.7 1 image-no-lone-update
4.8 2 image-no-setuid
4.9 1 image-copy-not-add
4.10 1 image-no-secrets
4.11 2 image-packages-verified
4.12 1 image-signatures-verified
5.1 1 swarm-off
5.2 1 container-apparmor-profile
5.3 2 container-selinux-label
5.4 1 container-capabilities-restricted
5.5 1 container-not-privileged
5.6 1 container-no-sensitive-mounts
5.7 1 container-no-ssh-server
5.8 1 container-no-privileged-ports
5.9 1 container-ports-needed
5.10 1 container-network-not-host
5.11 1 container-memory-limited
5.12 1 container-cpu-limited
5.13 1 container-rootfs-read-only
5.14 1 container-ports-bound-to-address
5.15 1 container-restart-limited
5.16 1 container-pid-not-host
5.17 1 container-ipc-not-host
5.18 1 container-no-host-devices
5.19 1 container-ulimits-default
5.20 1 container-mount-propagation-private
5.21 1 container-uts-not-host
5.22 1 container-seccomp-enabled
5.23 2 container-exec-not-privileged
5.24 2 container-exec-not-root
5.25 1 container-cgroup-parent-default
5.26 1 container-no-new-privileges
5.27 1 container-health-checked
5.28 1 container-image-current
5.29 1 container-pids-limited
5.30 2 container-not-on-default-bridge
5.31 1 container-userns-not-host
5.32 1 docker-socket-not-mounted
6.1 1 image-sprawl
6.2 1 container-sprawl
7.1 1 swarm-managers-few
7.2 1 swarm-listens-on-address
7.3 1 overlay-network-encrypted
7.4 1 swarm-secrets-used
7.5 1 swarm-autolock
7.6 1 swarm-autolock-key-rotated
7.7 1 swarm-node-certificates-rotated
7.8 1 swarm-ca-rotated
7.9 1 swarm-data-path-separate
"""

# (number, level, slug)
CIS_1_8_0 = [(number, int(level), slug) for number, level, slug in map(str.split, _TABLE.strip().split("\n"))]


def older_number(number: str) -> str | None:
    """The number in 1.6.0 and 1.7.0, which lack 2.7: what follows it in its section moves up."""
    section, _dot, rest = number.partition(".")
    if section != "2" or "." in rest or int(rest) < 7:
        return number
    return None if rest == "7" else f"2.{int(rest) - 1}"
