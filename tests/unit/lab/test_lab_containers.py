# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a container host is started with, and which control groups are left over."""

from __future__ import annotations

from pathlib import Path

import pytest
from seawall_lab.build import Image
from seawall_lab.containers import leftover_groups, run_arguments
from seawall_lab.recipes import RECIPES

OWNER = Path("/cache/lab")
IMAGE = Image("0123456789abcdef", Path("/nonexistent"))


@pytest.mark.parametrize("unified", [True, False])
def test_a_host_is_labelled_and_named(unified: bool) -> None:
    arguments = run_arguments(RECIPES["trixie"], IMAGE, OWNER, unified=unified)
    assert {"--name=lab-trixie", "--network=lab"} <= set(arguments)
    assert "--label=org.seawall.lab.host=trixie" in arguments
    assert "--label=org.seawall.lab.cache=/cache/lab" in arguments
    assert "--label=org.seawall.lab.image=0123456789abcdef" in arguments
    assert arguments[-1] == "seawall-lab/trixie:0123456789abcdef"


def test_cgroup_v1_shares_the_hierarchy_and_asks_for_no_resource_capability() -> None:
    arguments = run_arguments(RECIPES["bookworm"], IMAGE, OWNER, unified=False)
    assert {"--cgroupns=host", "--cap-drop=SYS_RESOURCE", "--volume=/sys/fs/cgroup:/sys/fs/cgroup:rw"} <= set(arguments)
    assert "--privileged" not in arguments


def test_cgroup_v2_keeps_the_hierarchy_of_the_machine_out() -> None:
    arguments = run_arguments(RECIPES["bookworm"], IMAGE, OWNER, unified=True)
    assert {"--cgroupns=private", "--privileged"} <= set(arguments)
    assert not any(argument.startswith("--volume=/sys/fs/cgroup") for argument in arguments)


def _group(root: Path, name: str, processes: str = "", parent: str = "memory/docker") -> Path:
    group = root / parent / name
    group.mkdir(parents=True)
    (group / "cgroup.procs").write_text(processes, encoding="ascii")
    return group


def test_leftover_groups_are_those_of_nobody(tmp_path: Path) -> None:
    living, gone, foreign, nested = ("a" * 64, "b" * 64, "c" * 64, "d" * 64)
    _group(tmp_path, living)
    left = _group(tmp_path, gone)
    _group(tmp_path, foreign, "1234\n")
    _group(tmp_path, nested)
    _group(tmp_path, f"{nested}/system.slice", "1\n")
    _group(tmp_path, "buildkit")
    assert list(leftover_groups(tmp_path, {living})) == [left]


def test_the_slice_of_all_containers_goes_when_only_what_is_left_over_is_in_it(tmp_path: Path) -> None:
    living, gone = "a" * 64, "b" * 64
    for controller, groups in {
        "memory": {f"docker-{gone}.scope": "", gone: ""},
        "cpu": {},
        "pids": {f"docker-{gone}.scope": "", f"docker-{living}.scope": ""},
        "cpuset": {f"docker-{gone}.scope": "1234\n"},
        "devices": {"somebody.service": ""},
    }.items():
        _group(tmp_path, "containers.slice", parent=controller)
        for name, processes in groups.items():
            _group(tmp_path, name, processes, f"{controller}/containers.slice")
    _group(tmp_path, "containers.slice", "1234\n", "blkio")
    found = [path.parent.name for path in leftover_groups(tmp_path, {living})]
    assert found == ["cpu", "memory"]
