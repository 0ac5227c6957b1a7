# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide to user namespaces prints what it shows, from the proof to the removal of what was before."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.seawall.docker.tests.support.guides import Reader
from ansible_collections.seawall.docker.tests.support.lab_host import LabHosts

MIGRATE = "seawall.docker.userns_migrate"


def test_the_guide_to_user_namespaces_shows_what_happens(lab: LabHosts, tmp_path: Path) -> None:
    (host,) = lab.get("trixie")
    host.shell("mkdir -p /srv/shop && echo table > /srv/shop/file && chown 999:999 /srv/shop")
    host.container("shop", "--restart", "always", "--volume", "shop_data:/data", "--volume", "/srv/shop:/shop")
    host.docker("exec", "shop", "sh", "-c", "echo row > /data/row")
    reader = Reader(host, tmp_path)

    def back() -> None:
        reader.play(f"{MIGRATE} -e userns_migrate_state=absent")

    def write() -> None:
        assert host.shell("stat -c %u /srv/shop").strip() == "100999"
        host.docker("exec", "shop", "sh", "-c", "echo later > /data/later")

    def gone_back() -> None:
        assert host.shell("stat -c %u /srv/shop").strip() == "999"
        # What is named too late is not passed over in silence.
        reader.play(f'{MIGRATE} -e userns_migrate_state=absent -e \'{{"userns_migrate_copy_back": ["shop_data"]}}\'')
        assert "Nothing was copied back, since the engine does not remap any more" in reader.output
        reader.play(f"{MIGRATE} -e userns_migrate_replace=true")

    reader.read(
        "userns-remap.md",
        {},
        {
            f"{MIGRATE} -e '{{\"userns_migrate_bind_mounts": back,
            f"{MIGRATE} -e userns_migrate_state=absent": write,
            f"{MIGRATE} -e userns_migrate_cleanup=true --check": gone_back,
        },
    )
    assert not host.shell("ls /var/lib/docker/volumes 2>/dev/null || true").count("shop_data")
    assert host.docker("ps", "--format", "{{.Names}}") == "shop"
    assert host.docker("exec", "shop", "cat", "/data/row") == "row"
