# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One module, run as its file without a controller, which takes a second and a half and decides nothing in it."""

from __future__ import annotations

import functools
import io
import json
import os
import subprocess
import sys
import typing as t
import zipfile
from pathlib import Path

import ansible.module_utils

from ansible_collections.seawall.docker.tests.support.isolated_host import IsolatedHost

Result = dict[str, t.Any]

_MODES = {"--check": "_ansible_check_mode", "--diff": "_ansible_diff"}
_PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
_KILLED = (-9, 137)


def run_module(host: IsolatedHost, name: str, arguments: Result, *flags: str, before: t.Sequence[str] = ()) -> Result:
    """The result of a module on a host of this machine. ``before`` are words that run a command, such as ``unshare``."""
    done = host.run(
        *before,
        *(sys.executable, "-m", module_name(name)),
        env={**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)},
        input=input_of(arguments, flags),
    )
    return result_of(name, done)


def module_name(name: str) -> str:
    return f"ansible_collections.seawall.docker.plugins.modules.{name}"


def input_of(arguments: Result, flags: t.Sequence[str]) -> str:
    """What a module reads; ``flags`` are ``--check`` and ``--diff``."""
    return json.dumps({"ANSIBLE_MODULE_ARGS": {**arguments, **{_MODES[flag]: True for flag in flags}}})


def result_of(name: str, done: subprocess.CompletedProcess[str]) -> Result:
    """The result with ``failed``, also of a module that was killed; one that ended by an exception of its own fails the test."""
    if done.returncode in _KILLED:
        return {"failed": True, "msg": "the module was killed"}
    lines = done.stdout.strip().splitlines()
    assert len(lines) == 1 and lines[0].startswith("{"), f"{name}: {done.stdout}{done.stderr}"
    result: Result = json.loads(lines[0])
    assert done.returncode == (1 if result.get("failed") else 0), done.stderr
    result.pop("invocation", None)  # Ansible does not show it either
    return {**result, "failed": bool(result.get("failed"))}


@functools.cache
def archive() -> bytes:
    """All that a module imports, for the search path of a host's Python."""
    packages = ["ansible_collections", "ansible_collections/seawall", "ansible_collections/seawall/docker"]
    files = {f"{name}/__init__.py": b"" for name in (*packages, f"{packages[-1]}/plugins", "ansible")}
    theirs = Path(ansible.module_utils.__file__).parent
    for top, inside in (
        (theirs, "ansible/module_utils"),
        (_PLUGINS / "module_utils", f"{packages[-1]}/plugins/module_utils"),
        (_PLUGINS / "modules", f"{packages[-1]}/plugins/modules"),
    ):
        for path in sorted(top.rglob("*.py")):
            for parent in path.relative_to(top).parents:
                files.setdefault(f"{inside}/{parent}/__init__.py".replace("/./", "/"), b"")
            files[f"{inside}/{path.relative_to(top)}"] = path.read_bytes()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as stream:
        for name, content in files.items():
            stream.writestr(name, content)
    return packed.getvalue()
