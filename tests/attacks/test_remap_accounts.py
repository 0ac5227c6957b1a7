# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A remapping that fails takes back what it made, and no account that was there before."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.seawall.docker.tests.support.journey import USERNS, Journey
from ansible_collections.seawall.docker.tests.support.lab_host import CONFIG, LabHosts

_ACCOUNTS = "getent passwd ops; getent group ops; getent shadow ops; ls -ldn /home/ops; cat /home/ops/kept; true"
_IDS = "cat /etc/subuid /etc/subgid"
# A file lies where the engine must make the directory of the mapping.
_OBSTACLES = "for start in 100000 165536 231072; do touch /var/lib/docker/$start.$start; done"


def test_accounts_that_were_there_stay_as_they_are(lab: LabHosts, tmp_path: Path) -> None:
    """A login account was first given another shell, and then deleted; an empty group went with the created user."""
    (host,) = lab.get("bookworm")
    host.shell(f"useradd -m -s /bin/bash ops && echo ops:secret | chpasswd && echo data > /home/ops/kept; {_OBSTACLES}")
    try:
        before = host.shell(_ACCOUNTS), host.shell(_IDS)
        for flags in (("--check",), ()):
            failed = Journey(host, tmp_path).play(USERNS, *flags, remediate_userns_user="ops")
            assert failed.status != 0 and "the user ops exists, and its id" in " ".join(failed.output.split())
            assert (host.shell(_ACCOUNTS), host.shell(_IDS)) == before and host.read(CONFIG) is None

        # A system account without a login is used as it is, and stays as it is.
        host.shell("userdel -r ops; useradd --system --shell /usr/sbin/nologin --home-dir /srv ops")
        before = host.shell(_ACCOUNTS), host.shell(_IDS)
        failed = Journey(host, tmp_path).play(USERNS, remediate_userns_user="ops")
        assert failed.status != 0 and "The previous files were put back" in failed.output, failed.output
        assert (host.shell(_ACCOUNTS), host.shell(_IDS)) == before and host.read(CONFIG) is None
        # Entries that come back from the controller name accounts that no module created.
        entry = {"user": "ops", "uid": int(host.shell("id -u ops"))}
        undone = host.module("undo", {"restore": [entry]})
        assert undone["failed"] and "no record on this host" in undone["msg"] and host.shell(_ACCOUNTS) == before[0]

        # The group was there, and the user was not: only the user was made, and only the user goes.
        host.shell("userdel ops; groupadd -g 4711 ops")
        failed = Journey(host, tmp_path).play(USERNS, remediate_userns_user="ops")
        assert failed.status != 0 and "The previous files were put back" in failed.output, failed.output
        assert "What could not be taken back" not in failed.output, failed.output
        assert host.run("getent", "passwd", "ops").returncode != 0
        assert host.shell("getent group ops").strip() == "ops:x:4711:"

        # Neither was there: both were made, and both go.
        host.shell("groupdel ops")
        failed = Journey(host, tmp_path).play(USERNS, remediate_userns_user="ops")
        assert failed.status != 0 and "What could not be taken back" not in failed.output, failed.output
        assert host.run("getent", "passwd", "ops").returncode != 0
        assert host.run("getent", "group", "ops").returncode != 0
    finally:
        host.shell("userdel -r ops 2>/dev/null; groupdel ops 2>/dev/null; rm -rf /home/ops; true")
