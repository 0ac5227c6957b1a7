# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Install what the tests need of the system: as root on Debian or Ubuntu the engine, a static busybox, and what builds lab hosts.

The engine is installed without being started by its package: the tests start their own, apart from the machine's.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGES = {
    "dockerd": "docker.io",
    "iptables": "iptables",
    "busybox": "busybox-static",
    "ip": "iproute2",
    "nsenter": "util-linux",
    "sudo": "sudo",
    "ssh": "openssh-client",
    "sshd": "openssh-server",
    "openssl": "openssl",
    "debootstrap": "debootstrap",
    "socat": "socat",
    "chromium": "chromium",
    # No program: what debootstrap checks Debian's signatures with.
    "/usr/share/keyrings/debian-archive-keyring.gpg": "debian-archive-keyring",
}
# A package's scripts may ask to start its service; 101 is Debian's word for "not allowed".
POLICY = Path("/usr/sbin/policy-rc.d")


def missing() -> list[str]:
    # An ordinary user's path lacks the system's programs, which the tests run all the same.
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    return [
        package
        for wanted, package in PACKAGES.items()
        if not (Path(wanted).exists() if wanted.startswith("/") else shutil.which(wanted, path=path))
    ]


def install(packages: list[str]) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    guard = not POLICY.exists()
    if guard:
        POLICY.write_text("#!/bin/sh\nexit 101\n", encoding="utf-8")
        POLICY.chmod(0o755)
    try:
        for command in (["apt-get", "update"], ["apt-get", "install", "--yes", "--no-install-recommends", *packages]):
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                sys.exit(f"{' '.join(command)} failed:\n{done.stderr.strip()}")
    finally:
        if guard:
            POLICY.unlink()


def main() -> None:
    packages = missing()
    if not packages:
        return
    if os.geteuid() != 0:
        print(f"Not root: {', '.join(packages)} cannot be installed; tests that need them are named at the end.")
    elif shutil.which("apt-get") is None:
        print(f"No apt-get: install {', '.join(packages)}; tests that need them are named at the end.")
    else:
        print(f"Installing {', '.join(packages)} …", flush=True)
        install(packages)


if __name__ == "__main__":
    main()
