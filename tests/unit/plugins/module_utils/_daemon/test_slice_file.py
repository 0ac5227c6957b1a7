# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files root puts back as files of a slice, and which it does not."""

from __future__ import annotations

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon import slice_file


@pytest.mark.parametrize("name", ["containers.slice", "a-b_c.slice"])
def test_the_file_of_a_slice(name: str) -> None:
    path = slice_file.path_of(name)
    assert path == f"/etc/systemd/system/{name}.d/50-seawall.conf" and slice_file.is_one(path)


@pytest.mark.parametrize(
    "path",
    [
        "/etc/systemd/system/docker.service.d/50-seawall.conf",
        "/etc/systemd/system/a.slice.d/60-other.conf",
        "/etc/systemd/system/a/b.slice.d/50-seawall.conf",
        "/etc/systemd/system/../x.slice.d/50-seawall.conf",
        "/etc/systemd/system/.slice.d/50-seawall.conf",
        "/tmp/etc/systemd/system/a.slice.d/50-seawall.conf",
        "/etc/systemd/system/a.slice.d/50-seawall.conf\n",
        "/etc/systemd/system/a.slice.d/50-seawallXconf",
    ],
)
def test_no_other_file_is_one(path: str) -> None:
    assert not slice_file.is_one(path)


@pytest.mark.parametrize("name", ["", "/x", "a/b.slice", "../a.slice", "a.service", "a.slice\n"])
def test_what_is_no_slice_has_no_file(name: str) -> None:
    assert slice_file.path_of(name) is None
