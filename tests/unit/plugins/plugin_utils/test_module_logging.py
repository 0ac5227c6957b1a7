# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module writes into the host's own log: Ansible writes all options there, unless it is told not to."""

from __future__ import annotations

from ansible_collections.seawall.docker.tests.support.documentation import handed_over


def test_the_host_s_own_log_gets_no_options() -> None:
    arguments = handed_over("daemon_config")
    assert arguments is not None and arguments["no_log"] is True
