# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts to attack: engines in namespaces of their own, and whole lab hosts."""

from __future__ import annotations

from ansible_collections.seawall.docker.tests.integration.conftest import _can_run_engines, host
from ansible_collections.seawall.docker.tests.lab_hosts.conftest import lab, lab_hosts

__all__ = ["_can_run_engines", "host", "lab", "lab_hosts"]
