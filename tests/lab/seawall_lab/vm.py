# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The virtual machine: its own kernel, for what a container cannot show (cgroup v2, AppArmor, auditd)."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .build import Image
from .errors import LabError
from .hosts import Address
from .paths import Paths, need_space
from .process import Daemon, require_tools
from .recipes import Recipe

_PORT = 2224
_QEMU = "qemu-system-x86_64"
# The first words of any kernel, which it prints within a second or two of real execution.
_SIGN_OF_LIFE = b"Linux version"


def accelerators(environ: Mapping[str, str], *, kvm_opens: bool) -> tuple[str, ...]:
    """What to try in turn. That /dev/kvm opens proves little: on some nested machines the guest then hangs."""
    chosen = environ.get("SEAWALL_LAB_ACCEL") or "auto"
    if chosen == "auto":
        return ("kvm", "tcg") if kvm_opens else ("tcg",)
    if chosen not in ("kvm", "tcg"):
        raise LabError(f"SEAWALL_LAB_ACCEL is {chosen!r}; it can be auto, kvm or tcg")
    return (chosen,)


def free_port(preferred: int) -> int:
    """The preferred port on loopback, or any other when that is taken."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise LabError("no port is free on 127.0.0.1")


def qemu_command(image: Image, accel: str, port: int, cpus: int) -> list[str]:
    """The whole call. Writes to the disk go to a temporary file that ends with the process."""
    accel_option = "tcg,thread=multi" if accel == "tcg" else accel
    return [
        _QEMU,
        *("-name", "seawall-lab-vm"),
        *("-accel", accel_option, "-cpu", "max", "-smp", str(cpus), "-m", "2048"),
        *("-display", "none", "-monitor", "none", "-serial", "stdio"),
        *("-kernel", str(image.kernel), "-initrd", str(image.initrd)),
        *("-append", "root=/dev/vda rw console=ttyS0 audit=1 apparmor=1 security=apparmor"),
        *("-drive", f"file={image.disk},format=raw,if=virtio,snapshot=on,cache=unsafe"),
        *("-device", "virtio-rng-pci"),
        *("-nic", f"user,model=virtio,hostfwd=tcp:127.0.0.1:{port}-:22"),
    ]


@dataclass(frozen=True)
class VirtualMachine:
    """One machine per lab, remembered by process id, start time and port."""

    paths: Paths
    say: Callable[[str], None] = print

    @property
    def _state(self) -> Path:
        return self.paths.state / "vm.json"

    def address(self, recipe: Recipe) -> Address | None:
        """Where it answers, if it runs."""
        daemon = Daemon.recall(self._state)
        return None if daemon is None else Address(recipe, "127.0.0.1", int(daemon.notes["port"]))

    def start(self, recipe: Recipe, image: Image, *, fresh: bool) -> Address:
        """A running machine of this very image: the one that runs, or a new one."""
        daemon = Daemon.recall(self._state)
        if daemon is not None:
            if daemon.notes["image"] == image.digest and not fresh:
                return Address(recipe, "127.0.0.1", int(daemon.notes["port"]))
            self.remove()
        require_tools(_QEMU)
        need_space(self.paths.state, 3, "the virtual machine's disk")
        attempts = accelerators(os.environ, kvm_opens=os.access("/dev/kvm", os.R_OK | os.W_OK))
        for accel in attempts:
            daemon = self._boot(image, accel)
            if self._lives(daemon, seconds=10 if accel == "kvm" else 60):
                self.say(f"{recipe.name}: booting with {accel}, process {daemon.pid}, console in {self._console}")
                return Address(recipe, "127.0.0.1", int(daemon.notes["port"]))
            self.remove()
        raise LabError(f"{recipe.name}: no kernel came to life with {' or '.join(attempts)}; see {self._console}")

    @property
    def _console(self) -> Path:
        return self.paths.logs / "vm-console.log"

    def _boot(self, image: Image, accel: str) -> Daemon:
        port = free_port(_PORT)
        self._console.unlink(missing_ok=True)
        command = qemu_command(image, accel, port, min(os.cpu_count() or 1, 4))
        # The temporary disk would else fill a small /tmp.
        env = {**os.environ, "TMPDIR": str(self.paths.state)}
        daemon = Daemon.start(command, self._console, env, {"port": port, "image": image.digest, "accel": accel})
        daemon.remember(self._state)
        return daemon

    def _lives(self, daemon: Daemon, *, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while daemon.alive() and time.monotonic() < deadline:
            if _SIGN_OF_LIFE in self._console.read_bytes():
                return True
            time.sleep(0.2)
        return False

    def remove(self) -> bool:
        """Stop it and forget its disk; say whether it ran."""
        daemon = Daemon.recall(self._state)
        if daemon is not None:
            # Nothing of its disk is kept, so there is nothing to shut down gracefully for.
            daemon.stop(seconds=10)
        self._state.unlink(missing_ok=True)
        return daemon is not None
