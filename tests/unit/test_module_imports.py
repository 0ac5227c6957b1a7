# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every module pays before it does anything: its imports, since hosts keep no compiled modules."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.tests.support.direct_module import archive, module_name

MODULES = Path(__file__).resolve().parents[2] / "plugins" / "modules"
IMPORT_ALL = """
import importlib, json, sys
for name in sys.argv[1:]:
    importlib.import_module("ansible_collections.seawall.docker.plugins.modules." + name)
print(json.dumps(sorted(sys.modules)))
"""

# Ansible's own archive is on the path before a module is imported, with what Ansible imports of it.
COUNT_COMPILED = """
import collections, importlib, json, sys
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import ansible.module_utils.basic
compiled = collections.Counter()
sys.addaudithook(lambda event, arguments: compiled.update(arguments[1:2]) if event == "compile" else None)
for name in sys.argv[2:]:
    importlib.import_module(name)
names = {name: loaded.__file__ for name, loaded in sys.modules.items() if name.startswith("ansible_collections.seawall")}
print(json.dumps([compiled, names]))
"""
MOST_FILES = {"posture_info": 147, "daemon_config": 85}
MOST_BYTES = {"posture_info": 789_000, "daemon_config": 447_000}
PLUGINS = "ansible_collections.seawall.docker.plugins"
# What a module imports in a function on every host.
IMPORTED_LATER = {"posture_info": [f"{PLUGINS}.module_utils._posture.gather"], "daemon_config": []}


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


@pytest.fixture(scope="module")
def zipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("zipped") / "modules.zip"
    path.write_bytes(archive())
    return path


@pytest.mark.parametrize("name", ["posture_info", "daemon_config"])
def test_each_file_of_the_archive_is_compiled_once(zipped: Path, name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", COUNT_COMPILED, str(zipped), module_name(name), *IMPORTED_LATER[name]],
        capture_output=True,
        text=True,
        env={key: value for key, value in os.environ.items() if key != "PYTHONPATH"},
        check=True,
    )
    compiled, files = json.loads(done.stdout)
    with zipfile.ZipFile(zipped) as stream:
        sizes = {entry.filename: entry.file_size for entry in stream.infolist()}
    rooms = {path: times for path, times in compiled.items() if "/docker/plugins/module_utils/_" in path}
    assert len(rooms) > 20
    # The room of what makes it so is open already; the files of packages are empty.
    twice = {path for path, times in rooms.items() if times > 1 and not path.endswith("/__init__.py")}
    assert {path for path in twice if "/_module/" not in path} == set()
    # These files are sent to the host and compiled there at each run, whatever is found on the host.
    assert len(rooms) <= MOST_FILES[name], (len(rooms), sum(sizes[path.partition(".zip/")[2]] for path in rooms))
    assert sum(sizes[path.partition(".zip/")[2]] for path in rooms) <= MOST_BYTES[name]
    # A package and a file have the names that Python itself would give.
    inside = f"{zipped}/{PLUGINS.replace('.', '/')}/module_utils/_host"
    assert files[f"{PLUGINS}.module_utils._host"] == f"{inside}/__init__.py"
    assert files[f"{PLUGINS}.module_utils._host.reading"] == f"{inside}/reading.py"
