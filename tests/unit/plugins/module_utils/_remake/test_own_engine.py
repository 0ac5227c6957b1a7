# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an engine says of its data root, and what it finds for a name that is none of its names."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._remake.own_engine import OwnEngine


class Said:
    """An engine and its context that say what they are told to."""

    address, api_version = "unix:///run/docker.sock", "1.41"

    def __init__(self, root: str, *options: str) -> None:
        self.engine = self
        self._info = {"DockerRootDir": root, "SecurityOptions": list(options), "ID": "X"}

    def info(self) -> dict[str, t.Any]:
        return self._info


def engine(root: str, *options: str) -> OwnEngine:
    return OwnEngine(t.cast(t.Any, Said(root, *options)), 30)


def test_the_data_root_says_to_which_ids() -> None:
    plain = engine("/var/lib/docker/", "name=seccomp,profile=default")
    assert (plain.base, plain.data_root, plain.ids) == ("/var/lib/docker", "/var/lib/docker", None)
    mapped = engine("/srv/100.200/7.8", "name=userns")
    assert (mapped.base, mapped.data_root, mapped.ids) == ("/srv/100.200", "/srv/100.200/7.8", (7, 8))
    assert engine("/srv/100.200").ids is None
    with pytest.raises(Unread, match="does not say to which ids"):
        engine("/var/lib/docker", "name=userns")


@pytest.mark.parametrize("name", ["db", "cafe", "0"])
def test_a_name_is_not_the_begin_of_an_id(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    this = engine("/var/lib/docker")
    other: dict[str, t.Any] = {"Id": name.ljust(64, "0"), "Name": "/other"}
    monkeypatch.setattr(this, "get", lambda *parts: other)
    assert this.container_called(name) is None and this.network_called(name) is None
    other["Name"] = f"/{name}"
    assert this.container_called(name) == other
    other["Name"] = name
    assert this.network_called(name) == other
