# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one exception that a user may see."""

from __future__ import annotations


class LabError(Exception):
    """Something that the person at the keyboard can put right; its text is one clear sentence."""
