# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory, read back by a YAML parser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from seawall_lab.hosts import Address
from seawall_lab.inventory import render
from seawall_lab.recipes import RECIPES

KEY = Path('/tmp/a "quoted": path/id_ed25519')


def _inventory(*addresses: Address) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(render(addresses, KEY))
    children: dict[str, Any] = loaded["all"]["children"]
    return children


def test_hosts_and_how_to_reach_them() -> None:
    children = _inventory(Address(RECIPES["sid"], "172.18.0.4", 22), Address(RECIPES["vm"], "127.0.0.1", 2224))
    assert children["lab"]["hosts"] == {
        "sid": {"ansible_host": "172.18.0.4", "ansible_port": 22},
        "vm": {"ansible_host": "127.0.0.1", "ansible_port": 2224},
    }
    assert children["lab"]["vars"]["ansible_ssh_private_key_file"] == str(KEY)
    assert children["lab"]["vars"]["ansible_pipelining"] is True


def test_groups_by_kind_service_manager_and_suite() -> None:
    children = _inventory(*(Address(recipe, "192.0.2.1", 22) for recipe in RECIPES.values()))
    groups = {name: sorted(group["hosts"]) for name, group in children.items() if name != "lab"}
    assert groups == {
        "lab_container": ["bookworm", "rootless", "sid", "trixie"],
        "lab_suite_bookworm": ["bookworm", "vm"],
        "lab_suite_sid": ["sid"],
        "lab_suite_trixie": ["rootless", "trixie"],
        "lab_systemd": ["bookworm", "rootless", "trixie", "vm"],
        "lab_sysvinit": ["sid"],
        "lab_vm": ["vm"],
    }


def test_no_host_is_still_an_inventory() -> None:
    assert _inventory()["lab"]["hosts"] == {}
