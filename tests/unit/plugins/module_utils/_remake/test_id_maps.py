# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The id maps of an engine are known from its ids, whatever its configuration says, or not at all."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._remake.id_maps import id_maps_of

LINE = "alice:1000000:65536\ndockremap:100000:70000\n"


class Files:
    def __init__(self, **files: str) -> None:
        self._files = files

    def read_text(self, path: str) -> str:
        try:
            return self._files[path[len("/etc/") :]]
        except KeyError:
            raise Unread(f"{path} does not exist", "absent") from None


def maps(ids: t.Optional[t.Tuple[int, int]], **files: str) -> t.Dict[str, t.Any]:
    return id_maps_of(t.cast(t.Any, Files(**files)), ids)


def test_each_file_has_its_own_range() -> None:
    groups = "dockremap:200000:65536\n"
    assert maps((100000, 200000), subuid=LINE, subgid=groups) == {
        "uid_map": [{"inside": 0, "outside": 100000, "count": 70000}],
        "gid_map": [{"inside": 0, "outside": 200000, "count": 65536}],
    }
    assert maps(None, subuid=LINE, subgid=groups) == {"uid_map": None, "gid_map": None}


@pytest.mark.parametrize(
    "subuid",
    [
        "",
        "alice:100001:65536\n",
        LINE + "dockremap:300000:5\n",
        LINE + "bob:100000:65536\n",
        "dockremap:100000:many\n",
    ],
)
def test_what_is_not_one_range_is_not_guessed(subuid: str) -> None:
    assert maps((100000, 100000), subuid=subuid, subgid=LINE)["uid_map"] is None
    assert maps((100000, 100000), subgid=LINE)["uid_map"] is None
