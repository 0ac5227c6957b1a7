# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which processes count as shims of containers whose engine has ended."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._daemon.left_containers import left_containers
from ansible_collections.seawall.docker.plugins.module_utils._daemon.location import Location
from ansible_collections.seawall.docker.plugins.module_utils._host.model import FileStatus
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.tests.support.dictionary_host import ID, DictionaryHost

PLACE = f"/run/containerd/io.containerd.runtime.v2.task/moby/{ID}"
STOPPED = Location("stopped", "unix:///run/docker.sock", "default", True, None, None, "systemd", "docker.service", "")


class Shims(DictionaryHost):
    """A host with one process, and a directory that is the same for all or another one for each name."""

    uid = 0
    inodes: t.ClassVar[dict[str, int]] = {}

    def effective_uid(self) -> int:
        return self.uid

    def list_directory(self, path: str, max_entries: int = 0) -> list[str]:
        return ["self", "1", "7"]

    def stat(self, path: str, follow_links: bool = True) -> FileStatus:
        return FileStatus("directory", 0o755, 0, 0, 0, 1, self.inodes.get(path, 5), 0.0)


def host(
    program: str = "/usr/bin/containerd-shim-runc-v2", uid: int = 0, namespace: str = "moby", name: str = ID
) -> Shims:
    arguments = ["shim", "-namespace", namespace, "-id", name, "-address", "/run/containerd/containerd.sock"]
    files = {
        "/proc/7/status": f"Name:\tshim\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\n",
        "/proc/7/cmdline": "\0".join(arguments) + "\0",
    }
    return Shims(files, {"/proc/7/exe": program, "/proc/7/cwd": PLACE})


def found(one: Shims) -> list[str]:
    return left_containers(Context(one, STOPPED, None, "it does not run", None))


def test_a_shim_of_root_names_its_container() -> None:
    assert found(host()) == [ID]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param({"program": "/usr/bin/sleep"}, id="another program with these arguments"),
        pytest.param({"uid": 1000}, id="a shim of another user"),
        pytest.param({"namespace": "k8s.io"}, id="a container of Kubernetes"),
        pytest.param({"name": "../../etc"}, id="no id"),
    ],
)
def test_what_is_no_container_of_this_engine(other: dict[str, t.Any]) -> None:
    assert found(host(**other)) == []


def test_a_shim_of_a_dockerd_in_a_container_is_not_of_this_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Shims, "inodes", {"/proc/7/cwd": 9})
    assert found(host()) == []


def test_a_user_who_is_not_shown_the_programs_of_root_knows_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Shims, "uid", 1000)
    with pytest.raises(Unread, match="needs root"):
        found(host())
