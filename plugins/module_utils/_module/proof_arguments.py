# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options that all modules share that prove something with a test container."""

from __future__ import annotations

import typing as t


def proof_arguments() -> dict[str, dict[str, t.Any]]:
    return {
        "image": {"type": "str"},
        "docker_host": {"type": "str"},
        "timeout": {"type": "int", "default": 60},
        # The action plugin handles this option. It is here because the documentation must match.
        "report_directory": {"type": "path"},
    }
