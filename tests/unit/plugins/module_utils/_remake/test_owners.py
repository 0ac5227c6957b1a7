# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No container is started on a directory whose owners are shifted only in part."""

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._remake import owners
from ansible_collections.seawall.docker.plugins.module_utils._remake.journal import OWNERS, Journal, RemakeFailure

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="the journal belongs to root")


@pytest.fixture(name="journal")
def _journal(tmp_path: Path) -> Journal:
    return Journal(str(tmp_path / "journal"))


def write(journal: Journal, **states: str) -> None:
    paths = {f"/srv/{name}": {"state": state, "seals": []} for name, state in states.items()}
    journal.write(OWNERS, {"of": "it", "uid_map": None, "gid_map": None, "paths": paths})


@pytest.mark.parametrize("state", [owners.BEGUN, owners.GOING_BACK])
def test_what_is_halfway_is_named(journal: Journal, state: str) -> None:
    write(journal, shop=state, web=owners.SHIFTED, agent=state)
    with pytest.raises(RemakeFailure) as raised:
        owners.require_settled(journal)
    assert f"the owners of /srv/agent, /srv/shop are shifted only in part ({state})" in str(raised.value)
    assert "Run migration_owners to its end first" in str(raised.value)


@pytest.mark.parametrize("states", [None, {}, {"shop": owners.SHIFTED}])
def test_what_is_settled_may_be_used(journal: Journal, states: t.Optional[t.Dict[str, str]]) -> None:
    if states is not None:
        write(journal, **states)
    owners.require_settled(journal)
