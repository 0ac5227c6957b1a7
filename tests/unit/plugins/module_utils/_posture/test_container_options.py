# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options of a container are what the engine makes of them."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.options import (
    has_health_check,
    security_options,
)

MASKED = ["/proc/acpi", "/proc/kcore", "/proc/keys", "/sys/firmware"]
READ_ONLY = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        (["CMD", "true"], True),
        (["CMD-SHELL", "true"], True),
        (["NONE"], False),
        ([], False),
        (None, False),
        # The engine ignores these, and says so in its log only.
        (["wget", "-q", "http://localhost/"], False),
        (["none"], False),
        (["cmd", "true"], False),
        (["CMD"], False),
        ("true", False),
    ],
)
def test_only_what_the_engine_runs_is_a_health_check(test: t.Any, expected: bool) -> None:
    assert has_health_check(test) is expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, False),
        ({"MaskedPaths": None, "ReadonlyPaths": None}, False),
        ({"MaskedPaths": MASKED, "ReadonlyPaths": READ_ONLY}, False),
        ({"SecurityOpt": ["systempaths=unconfined"], "MaskedPaths": [], "ReadonlyPaths": []}, True),
        ({"MaskedPaths": MASKED, "ReadonlyPaths": []}, True),
        # The API takes any list.
        ({"MaskedPaths": MASKED, "ReadonlyPaths": ["/proc/bus"]}, True),
        ({"MaskedPaths": ["/proc/acpi"], "ReadonlyPaths": READ_ONLY}, True),
        # What is privileged is judged as that.
        ({"MaskedPaths": [], "ReadonlyPaths": [], "Privileged": True}, False),
    ],
)
def test_paths_of_the_kernel_that_are_open(options: dict[str, t.Any], expected: bool) -> None:
    assert security_options(options)["system_paths_unconfined"] is expected
