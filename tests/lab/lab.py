# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entry point: ``python3 tests/lab/lab.py --help``."""

from __future__ import annotations

import sys

from seawall_lab.cli import main

if __name__ == "__main__":
    sys.exit(main())
