# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an engine repeats of a configuration is struck out of its messages."""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.secrets import struck
from ansible_collections.seawall.docker.plugins.module_utils._remake.recorded_secrets import values_of

HAD: dict[str, t.Any] = {
    "containers": [
        {
            "inspect": {
                "Config": {"Env": ["TOKEN=tok-of-env", "EMPTY=", "ALONE"], "Labels": {"a": "label-value"}},
                "HostConfig": {"LogConfig": {"Type": "splunk", "Config": {"splunk-token": "tok-of-log"}}},
            }
        },
        {"inspect": {"Config": {"Env": None, "Labels": None}, "HostConfig": {"LogConfig": None}}},
    ],
    "volumes": [
        {
            "Options": {"type": "cifs", "o": "username=shop,password=tok,of=comma,vers=3.0,pass=tok-of-share"},
            "Labels": None,
        }
    ],
    "networks": [{"Options": None, "Labels": {"key": "tok-of-net"}}],
}


def test_values_are_struck_out_and_words_stay() -> None:
    said = (
        "error while mounting volume: mount //far/share, data: addr=192.0.2.1,username=shop,pass=tok-of-share: permission denied;"
        " tok-of-env label-value tok-of-log tok-of-net"
    )
    shown = struck(said, values_of(HAD))
    assert not [
        one for one in ("tok-of-share", "tok-of-env", "label-value", "tok-of-log", "tok-of-net") if one in shown
    ]
    assert shown.startswith("error while mounting volume") and "permission denied" in shown
    assert not [one for one in values_of(HAD) if len(one) < 6]
