# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which unit tests need ansible-core is found by what they import, directly or by other files of the collection."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.seawall.docker.tests.tools.needing_ansible import tests_that_need_ansible as found_in

ROOT = Path(__file__).resolve().parents[2]
OURS = "ansible_collections.seawall.docker"


@pytest.mark.parametrize(
    ("lines", "needs"),
    [
        ("import ansible.constants", True),
        ("def late():\n    from ansible import errors", True),
        (f"from {OURS}.plugins.plugin_utils import _action", True),
        (f"from {OURS}.plugins.plugin_utils import pure", False),
        (f"import {OURS}.plugins.plugin_utils.through", True),
        (f"from {OURS}.plugins import package", True),
        ("import ansible_runner", False),
        ("from . import _action", False),
    ],
)
def test_an_import_is_followed_to_its_end(tmp_path: Path, lines: str, needs: bool) -> None:
    plugins = tmp_path / "plugins"
    for path, text in (
        (plugins / "plugin_utils/_action.py", "from ansible.errors import AnsibleError"),
        (plugins / "plugin_utils/pure.py", "import json"),
        (plugins / "plugin_utils/through.py", f"from {OURS}.plugins.plugin_utils._action import x\nimport {__name__}"),
        (plugins / "package/__init__.py", f"from {OURS}.plugins.plugin_utils.through import y"),
        (tmp_path / "tests/unit/test_one.py", lines),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert found_in(tmp_path) == (["tests/unit/test_one.py"] if needs else [])


def test_every_test_of_an_action_plugin_needs_it() -> None:
    actions = {str(path.relative_to(ROOT)) for path in (ROOT / "tests/unit/plugins/action").glob("test_*.py")}
    found = set(found_in(ROOT))
    assert actions and actions < found
    assert not any("/_benchmark/" in name or "/_userns/" in name for name in found)
