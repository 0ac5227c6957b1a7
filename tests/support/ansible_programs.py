# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where Ansible's programs are, and the environment in which tests run them."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import sys
import tempfile
from pathlib import Path

BIN = Path(sys.executable).parent
CALLBACKS = Path(__file__).parent / "callbacks"


@functools.cache
def _kept_modules() -> str:
    """The directory of the archives of modules, as long as this process lives."""
    place = tempfile.mkdtemp(prefix="seawall-modules-")
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return place


def playbook_environment(work: Path) -> dict[str, str]:
    """What a program of Ansible gets; what it keeps lies below ``work``, but for the archives of modules."""
    enabled = [name for name in ("kept_modules", os.environ.get("ANSIBLE_CALLBACKS_ENABLED")) if name]
    return {
        **bare_environment(work),
        "ANSIBLE_LOAD_CALLBACK_PLUGINS": "1",
        "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
        "ANSIBLE_CALLBACKS_ENABLED": ",".join(enabled),
        "SEAWALL_MODULES": _kept_modules(),
    }


def bare_environment(work: Path) -> dict[str, str]:
    """The same where each run makes its archives of modules, as on a user's controller."""
    return {
        **os.environ,
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "ANSIBLE_HOME": str(work / "ansible"),
        "ANSIBLE_NOCOLOR": "1",
        # What one task says must not break the lines of another.
        "ANSIBLE_DEPRECATION_WARNINGS": "false",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
    }
