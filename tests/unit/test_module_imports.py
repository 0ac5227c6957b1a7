# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every module pays before it does anything: its imports, since hosts keep no compiled modules."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

MODULES = Path(__file__).resolve().parents[2] / "plugins" / "modules"
IMPORT_ALL = """
import importlib, json, sys
for name in sys.argv[1:]:
    importlib.import_module("ansible_collections.seawall.docker.plugins.modules." + name)
print(json.dumps(sorted(sys.modules)))
"""


def test_no_module_imports_a_library_that_only_remote_engines_need() -> None:
    names = sorted(path.stem for path in MODULES.glob("*.py") if path.stem != "__init__")
    assert "posture_info" in names
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, *names], capture_output=True, text=True, env=environment, check=True
    )
    imported = json.loads(done.stdout)
    assert "ansible_collections.seawall.docker.plugins.module_utils._posture.gather" in imported
    roots = {name.partition(".")[0] for name in imported}
    assert not roots & {"docker", "requests", "urllib3", "jinja2", "yaml"}
    assert not [name for name in imported if name.endswith("_engine.sdk")]
