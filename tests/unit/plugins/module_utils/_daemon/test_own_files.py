# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a daemon in a mount namespace of its own has the same file."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon.own_files import sees_same_file
from ansible_collections.seawall.docker.plugins.module_utils._daemon.process import Process
from ansible_collections.seawall.docker.plugins.module_utils._host.model import FileStatus
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.tests.support.dictionary_host import DictionaryHost

PATH = "/etc/docker/daemon.json"
ROOT = "/proc/812/root"
SAME = {"/etc": 1, f"{ROOT}/etc": 1, "/etc/docker": 2, f"{ROOT}/etc/docker": 2, PATH: 3, f"{ROOT}{PATH}": 3}


class Places(DictionaryHost):
    """A host whose files are inodes, or reasons why nothing is known of them."""

    def __init__(self, inodes: dict[str, t.Any]) -> None:
        super().__init__({})
        self.inodes = {"/": 0, f"{ROOT}/": 0, **inodes}

    def real_path(self, path: str) -> str:
        return path

    def stat(self, path: str, follow_links: bool = True) -> FileStatus:
        found = self.inodes.get(path)
        if not isinstance(found, int):
            raise Unread(f"no {path}", found or "absent")
        return FileStatus("file", 0o644, 0, 0, 0, 1, found, 0.0)


def without(*paths: str) -> dict[str, t.Any]:
    return {path: inode for path, inode in SAME.items() if path not in paths}


@pytest.mark.parametrize(
    ("inodes", "same"),
    [
        pytest.param(SAME, True, id="all the same"),
        pytest.param(without(PATH, f"{ROOT}{PATH}"), True, id="yet to be written"),
        pytest.param({"/etc": 1, f"{ROOT}/etc": 1}, True, id="a directory yet to be made"),
        pytest.param({"/etc": 1, f"{ROOT}/etc": 9}, False, id="another directory above it"),
        pytest.param({**SAME, f"{ROOT}/etc/docker": 9}, False, id="another directory"),
        pytest.param({**SAME, f"{ROOT}{PATH}": 9}, False, id="another file mounted over it"),
        pytest.param(without(f"{ROOT}{PATH}"), False, id="no file for the daemon"),
        pytest.param(without(PATH, "/etc/docker"), False, id="no directory here"),
        pytest.param({**SAME, f"{ROOT}{PATH}": "denied"}, False, id="not known"),
    ],
)
def test_files_are_compared_by_device_and_inode(inodes: dict[str, t.Any], same: bool) -> None:
    daemon = Process(812, "api_socket", 0, None, [], ROOT)
    assert sees_same_file(Places(inodes), daemon, PATH) is same


def test_in_the_same_namespace_nothing_is_compared() -> None:
    assert sees_same_file(Places({}), Process(812, "api_socket", 0, None, [], ""), PATH)
    assert sees_same_file(Places({}), None, PATH)
