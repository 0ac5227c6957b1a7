# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A program in a directory that everybody may change is not run by root, and what it would have told is unknown."""

from __future__ import annotations

import pytest

from ansible_collections.seawall.docker.tests.support import quick_audit
from ansible_collections.seawall.docker.tests.support.isolated_host import IsolatedHost

RAN = "/run/ran"


@pytest.mark.parametrize("how", ["directory", "program", "owner", "link"])
def test_a_program_that_others_can_replace_is_not_run(host: IsolatedHost, how: str) -> None:
    mode = "1777" if how == "directory" else "755"
    prepare = {
        "directory": "true",
        "program": "chmod 757 /usr/local/sbin/auditctl",
        "owner": "chown nobody /usr/local/sbin/auditctl",
        "link": "mkdir -p /run/theirs; chown nobody /run/theirs; mv /usr/local/sbin/auditctl /run/theirs; "
        "ln -s /run/theirs/auditctl /usr/local/sbin/auditctl",
    }[how]
    try:
        host.run("mount", "-t", "tmpfs", "-o", f"mode={mode}", "tmpfs", "/usr/local/sbin")
        host.write("/usr/local/sbin/auditctl", f"#!/bin/sh\necho $1 >> {RAN}\necho enabled 1\n", 0o755)
        assert host.run("sh", "-c", prepare).returncode == 0
        judged = quick_audit.audit(host)
        assert host.run("cat", RAN).stdout == ""
        assert judged.posture["auditing"]["auditctl_installed"] is True
        assert "auditctl is not run, since" in judged.posture["unread"]["auditing.status"]
        assert judged.status("1.1.3") == "unknown", judged.reason("1.1.3")
    finally:
        host.run("sh", "-c", f"umount /usr/local/sbin; rm -rf {RAN} /run/theirs")
