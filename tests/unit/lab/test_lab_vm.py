# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the virtual machine is started."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from seawall_lab.build import Image
from seawall_lab.errors import LabError
from seawall_lab.vm import accelerators, free_port, qemu_command


@pytest.mark.parametrize(
    ("environ", "kvm_opens", "expected"),
    [
        ({}, True, ("kvm", "tcg")),
        ({}, False, ("tcg",)),
        ({"SEAWALL_LAB_ACCEL": ""}, False, ("tcg",)),
        ({"SEAWALL_LAB_ACCEL": "tcg"}, True, ("tcg",)),
        ({"SEAWALL_LAB_ACCEL": "kvm"}, False, ("kvm",)),
    ],
)
def test_emulation_is_the_way_out(environ: dict[str, str], kvm_opens: bool, expected: tuple[str, ...]) -> None:
    assert accelerators(environ, kvm_opens=kvm_opens) == expected


def test_an_unknown_accelerator_is_refused() -> None:
    with pytest.raises(LabError, match="SEAWALL_LAB_ACCEL is 'xen'; it can be auto, kvm or tcg"):
        accelerators({"SEAWALL_LAB_ACCEL": "xen"}, kvm_opens=True)


def test_the_disk_is_never_written_and_ssh_is_on_loopback_alone() -> None:
    command = qemu_command(Image("0", Path("/cache/vm-0")), "tcg", 2224, 2)
    assert "file=/cache/vm-0/disk.img,format=raw,if=virtio,snapshot=on,cache=unsafe" in command
    assert "user,model=virtio,hostfwd=tcp:127.0.0.1:2224-:22" in command


def test_a_taken_port_is_replaced_by_a_free_one() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(port) != port
    assert free_port(port) == port
