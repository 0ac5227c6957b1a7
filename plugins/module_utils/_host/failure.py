# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all parts raise that change a host and could not."""

from __future__ import annotations

import typing as t


class Failure(Exception):
    """Why a module did not do what it was asked to; ``details`` are further values of its result."""

    def __init__(self, message: str, details: t.Dict[str, t.Any]) -> None:
        super().__init__(message)
        self.details = details
