# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an engine must read in between, so that a reload leads back to the old file."""

from __future__ import annotations

import json
import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon_config.reload_back import spelled_out


@pytest.mark.parametrize(
    ("old", "new", "between"),
    [
        (None, {"debug": True}, {"debug": False}),
        ({"debug": False}, {"debug": True}, None),
        ({"labels": ["a=b"]}, {"labels": ["a=c"], "live-restore": True}, {"labels": ["a=b"], "live-restore": False}),
        (None, {"default-runtime": "other", "runtimes": {"other": {"path": "/x"}}}, {"default-runtime": "runc"}),
        (None, {"insecure-registries": ["a:5000"]}, {"insecure-registries": []}),
        # Absent, these are reset by every reload; the others need a restart to be taken over in the first place.
        (None, {"max-concurrent-downloads": 9, "features": {"cdi": True}}, None),
        ({"icc": True}, {"icc": False, "userns-remap": "default"}, None),
        (None, {"default-cgroupns-mode": "private"}, {"default-cgroupns-mode": "host"}),
    ],
)
def test_defaults_are_spelled_out(old: t.Any, new: t.Any, between: t.Any) -> None:
    texts = [None if one is None else json.dumps(one).encode() for one in (old, new)]
    found = spelled_out(texts[0], texts[1], (26, 1), unified_cgroups=False)
    assert (None if found is None else json.loads(found)) == between


def test_files_that_no_engine_reads_lead_nowhere() -> None:
    assert spelled_out(b"{", b'{"debug": true}', (26, 1), False) is None
    assert spelled_out(None, b'{"debug": tru', (26, 1), False) is None
