# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each lab host is made of. Pure data: a change here, and only here, makes a new image."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from .errors import LabError


class Kind(StrEnum):
    """How a host is run."""

    CONTAINER = "container"
    VM = "vm"


@dataclass(frozen=True)
class Recipe:
    """One base image: a Debian suite, the packages in it, and what is done to them afterwards."""

    name: str
    kind: Kind
    suite: str
    packages: tuple[str, ...]
    # Files to write, by path, before the commands run.
    files: dict[str, str] = field(default_factory=dict)
    # Shell commands, run one by one inside the new root file system.
    commands: tuple[str, ...] = ()
    # What pid 1 is; a virtual machine's kernel finds its own.
    init: str = "/lib/systemd/systemd"
    stop_signal: str = "SIGRTMIN+3"
    service_manager: str = "systemd"

    def digest(self, mirror: str, public_key: str) -> str:
        """The name under which the built image is cached; the login key is part of the image, hence of its name."""
        whole = json.dumps([asdict(self), mirror, public_key], sort_keys=True)
        return hashlib.sha256(whole.encode()).hexdigest()[:16]


_COMMON = (
    "ca-certificates",
    "docker.io",
    "iproute2",
    "iptables",
    "kmod",
    "openssh-server",
    "procps",
    "python3",
    "uidmap",
)
_SYSTEMD = ("dbus", "systemd", "systemd-sysv")

# Root logs in with the lab's key alone. No reverse look-up: there is no name server to answer it.
_SSHD = {
    "/etc/ssh/sshd_config.d/lab.conf": "PermitRootLogin prohibit-password\nPasswordAuthentication no\nUseDNS no\n",
}

# One identity for every copy of an image would be a fault of the lab's own, so each host makes its own at boot.
_FORGET_IDENTITY = ": > /etc/machine-id; rm -f /var/lib/dbus/machine-id"

# What has no business in a container: devices, consoles and file systems that belong to the machine below.
_MASKED = (
    "console-getty.service",
    "dev-hugepages.mount",
    "getty.target",
    "getty@tty1.service",
    "proc-sys-fs-binfmt_misc.automount",
    "sys-fs-fuse-connections.mount",
    "sys-kernel-config.mount",
    "sys-kernel-debug.mount",
    "sys-kernel-tracing.mount",
    "systemd-modules-load.service",
    "systemd-resolved.service",
    "systemd-udev-trigger.service",
    "systemd-udevd-control.socket",
    "systemd-udevd-kernel.socket",
    "systemd-udevd.service",
)
_MASK = "for unit in " + " ".join(_MASKED) + '; do ln -sf /dev/null "/etc/systemd/system/$unit"; done'

# On cgroup v2 a group that has processes cannot also have limits for groups below it. systemd sorts that out
# by itself; where sysvinit is pid 1, somebody has to move the processes before an engine starts.
_SORT_GROUPS = """\
cd /sys/fs/cgroup && test -e cgroup.controllers || exit 0
mkdir -p init
xargs -r -n 1 < cgroup.procs > init/cgroup.procs || true
sed -e 's/^/+/' -e 's/ / +/g' < cgroup.controllers > cgroup.subtree_control
"""

# An engine that an ordinary user runs, started at boot by the user's own service manager. A home directory here lies on an
# overlay file system, on which no other can lie: hence the storage driver.
_ROOTLESS = {
    "/etc/tmpfiles.d/lab.conf": "d /dev/net 0755 root root\nc /dev/net/tun 0666 root root - 10:200\n",
    "/var/lib/systemd/linger/dev": "",
    "/home/dev/.config/docker/daemon.json": '{"storage-driver": "vfs"}\n',
    "/home/dev/.config/systemd/user/docker.service": """\
[Unit]
Description=Rootless Docker Engine
[Service]
Environment=PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ExecStart=/usr/share/docker.io/contrib/dockerd-rootless.sh
Type=notify
NotifyAccess=all
Delegate=yes
KillMode=mixed
LimitNOFILE=infinity
[Install]
WantedBy=default.target
""",
}
_ROOTLESS_SOCKET = "unix:///run/user/1000/docker.sock"

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            name="bookworm",
            kind=Kind.CONTAINER,
            suite="bookworm",
            packages=(*_COMMON, *_SYSTEMD),
            files=_SSHD,
            commands=(_MASK, _FORGET_IDENTITY),
        ),
        Recipe(
            name="trixie",
            kind=Kind.CONTAINER,
            suite="trixie",
            packages=(*_COMMON, *_SYSTEMD, "docker-cli", "sudo"),
            files=_SSHD,
            commands=(_MASK, _FORGET_IDENTITY),
        ),
        Recipe(
            name="sid",
            kind=Kind.CONTAINER,
            suite="sid",
            packages=(*_COMMON, "docker-cli", "initscripts", "insserv", "orphan-sysvinit-scripts", "sysvinit-core"),
            files={**_SSHD, "/usr/local/lib/lab/sort-groups": _SORT_GROUPS},
            commands=(
                "sed -i '/getty/d' /etc/inittab",
                # The engine's script raises limits and mounts control groups; where the capability for that
                # is missing, it would end there. Both are in place already, set by the engine outside.
                (
                    r"sed -i -E -e 's/^([[:space:]]+)ulimit .*$/\1:/' "
                    r"-e 's|^([[:space:]]+)cgroupfs_mount$|\1sh /usr/local/lib/lab/sort-groups|' /etc/init.d/docker"
                ),
                # Set by the engine outside, and not to be mounted, checked or cleaned by a guest.
                (
                    "for script in checkfs.sh checkroot.sh hostname.sh hwclock.sh mountall.sh mountdevsubfs.sh "
                    'mountkernfs.sh umountfs umountroot; do update-rc.d "$script" disable 2>/dev/null || true; done'
                ),
            ),
            init="/sbin/init",
            stop_signal="SIGKILL",
            service_manager="sysvinit",
        ),
        Recipe(
            name="rootless",
            kind=Kind.CONTAINER,
            suite="trixie",
            packages=(
                *_COMMON,
                *_SYSTEMD,
                "dbus-user-session",
                "docker-cli",
                "libpam-systemd",
                "rootlesskit",
                "slirp4netns",
            ),
            files={**_SSHD, **_ROOTLESS},
            commands=(
                _MASK,
                "systemctl mask docker.service docker.socket containerd.service",
                (
                    "useradd --uid 1000 --shell /bin/bash dev; cd /home/dev/.config/systemd/user; "
                    "mkdir default.target.wants; ln -s ../docker.service default.target.wants/; chown -R dev: /home/dev"
                ),
                f"docker context create rootless --docker host={_ROOTLESS_SOCKET} && docker context use rootless",
                _FORGET_IDENTITY,
            ),
        ),
        Recipe(
            name="vm",
            kind=Kind.VM,
            suite="bookworm",
            packages=(*_COMMON, *_SYSTEMD, "apparmor", "auditd", "initramfs-tools", "linux-image-cloud-amd64", "udev"),
            files={
                **_SSHD,
                "/etc/fstab": "/dev/vda / ext4 defaults 0 1\n",
                "/etc/hostname": "vm\n",
                "/etc/hosts": "127.0.0.1 localhost\n127.0.1.1 vm\n",
                "/etc/systemd/network/lab.network": "[Match]\nName=en* eth*\n[Network]\nDHCP=ipv4\n",
                # The name server that qemu's user network answers as.
                "/etc/resolv.conf": "nameserver 10.0.2.3\n",
            },
            commands=("systemctl enable systemd-networkd.service", _FORGET_IDENTITY),
        ),
    )
}

CONTAINER_HOSTS = tuple(name for name, recipe in RECIPES.items() if recipe.kind is Kind.CONTAINER)


def select(names: Iterable[str], default: Iterable[str]) -> list[Recipe]:
    """The recipes that the command line names, each once, in the order in which they are defined."""
    asked = set(names) or set(default)
    if "all" in asked:
        asked = set(RECIPES)
    unknown = sorted(asked - set(RECIPES))
    if unknown:
        raise LabError(f"no such host: {', '.join(unknown)}; there are {', '.join(RECIPES)} and all")
    return [recipe for name, recipe in RECIPES.items() if name in asked]
