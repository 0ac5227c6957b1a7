# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which mount holds the data root."""

from __future__ import annotations

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._host.mounts import mount_of, parse_mountinfo
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.host_facts import mount_facts

ROOT = "21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
VAR = "30 21 8:2 / /var rw shared:2 - xfs /dev/sda2 rw\n"
DOCKER = "40 30 8:3 / /var/lib/docker rw shared:3 - ext4 /dev/sdb1 rw\n"


@pytest.mark.parametrize(
    ("text", "path", "mount_point", "own", "separate"),
    [
        (ROOT, "/var/lib/docker", "/", False, False),
        (ROOT + VAR, "/var/lib/docker", "/var", False, True),
        (ROOT + VAR + DOCKER, "/var/lib/docker", "/var/lib/docker", True, True),
        (DOCKER + VAR + ROOT, "/var/lib/docker", "/var/lib/docker", True, True),
        # By components: /var/lib/docker is not below /var/lib/dock.
        (ROOT + "40 21 8:3 / /var/lib/dock rw - ext4 /dev/sdb1 rw\n", "/var/lib/docker", "/", False, False),
        # The engine binds its data root onto itself where the mount above is not shared: no partition of its own.
        (
            ROOT + "40 21 8:1 /var/lib/docker /var/lib/docker rw - ext4 /dev/sda1 rw\n",
            "/var/lib/docker",
            "/var/lib/docker",
            True,
            False,
        ),
        # A later mount of /var hides the one below.
        (ROOT + "40 21 8:3 / /var/lib/docker rw - ext4 /dev/sdb1 rw\n" + VAR, "/var/lib/docker", "/var", False, True),
        # Two mounts at one place: the later covers the earlier.
        (ROOT + VAR + "31 30 8:9 / /var rw - ext4 /dev/sdc1 rw\n", "/var/lib/docker", "/var", False, True),
        (
            ROOT + r"40 21 8:3 / /srv/my\040data rw - ext4 /dev/sdb1 rw" + "\n",
            "/srv/my data",
            "/srv/my data",
            True,
            True,
        ),
    ],
)
def test_the_mount_that_holds_the_data_root(text: str, path: str, mount_point: str, own: bool, separate: bool) -> None:
    facts = mount_facts(parse_mountinfo(text), path)

    assert facts["mount_point"] == mount_point
    assert (facts["is_mount_point"], facts["separate_from_root"]) == (own, separate)


def test_of_two_mounts_at_one_place_the_upper_counts() -> None:
    mount = mount_of(parse_mountinfo(ROOT + VAR + "31 30 8:9 / /var rw - ext4 /dev/sdc1 rw\n"), "/var/lib/docker")

    assert mount is not None
    assert mount.device == "/dev/sdc1"


def test_a_list_without_a_root_decides_nothing() -> None:
    with pytest.raises(Unread):
        mount_facts(parse_mountinfo(VAR), "/var/lib/docker")
