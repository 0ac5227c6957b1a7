# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a reload makes of a key that is absent, and how to go back by a reload all the same. Pure.

A reload keeps the old value of most keys that the file does not name. So an engine that took over a key, and is then
given a file without it, goes on with it: it has to be told the default in so many words first.
"""

from __future__ import annotations

import json

from ansible_collections.seawall.docker.plugins.module_utils._daemon import keys
from ansible_collections.seawall.docker.plugins.module_utils._daemon.daemon_json import read_daemon_json
from ansible_collections.seawall.docker.plugins.module_utils._daemon.value_types import plain

# With these absent a reload goes back to the default; with every other key absent it keeps the old value.
RESET_BY_RELOAD = (
    "max-concurrent-downloads",
    "max-concurrent-uploads",
    "max-download-attempts",
    "features",
    "nri-opts",
    "network-diagnostic-port",
)


def spelled_out(
    old: bytes | None, new: bytes | None, version: tuple[int, int] | None, unified_cgroups: bool
) -> bytes | None:
    """The old file with the defaults of the keys that only the new one has, to be read by the engine in between.

    None where the old file alone leads back.
    """
    before, after = read_daemon_json(old or b"{}", version), read_daemon_json(new or b"{}", version)
    if before.state == "invalid":
        return None
    defaults = {}
    for key, option in keys.options_by_key(version).items():
        # A runtime that is known and no longer named harms nobody, and cannot be forgotten.
        if option.apply != "reload" or key in RESET_BY_RELOAD or key == "runtimes":
            continue
        if key in after.settings and key not in before.settings:
            default = keys.default_of(option, version)
            if key == "default-cgroupns-mode":
                default = "private" if unified_cgroups else "host"
            if default is not keys.UNKNOWN_DEFAULT:
                defaults[key] = default
    if not defaults:
        return None
    whole = {member.key: plain(member.value) for member in before.members}
    return json.dumps({**whole, **defaults}).encode()
