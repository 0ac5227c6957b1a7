# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Single settings of the running engine that several collectors need."""

from __future__ import annotations

from ansible_collections.seawall.docker.plugins.module_utils._posture.context import Context, Document
from ansible_collections.seawall.docker.plugins.module_utils._unread import Unread


def running_option(context: Context, name: str) -> Document:
    """``value`` and ``origin`` of one option of the daemon. Raises Unread where the running value cannot be told."""
    try:
        from ansible_collections.seawall.docker.plugins.module_utils._posture.daemon_options import running_options
    except ImportError:
        raise Unread("the daemon's options were not gathered") from None
    option = running_options(context).get(name)
    if option is None or "value" not in option:
        raise Unread(f"the running value of {name} is not known")
    return option


def security_option_names(info: Document) -> set[str]:
    """The names in ``SecurityOptions`` of ``/info``, such as ``userns`` and ``rootless``."""
    options = [str(option).split(",")[0] for option in info.get("SecurityOptions") or []]
    return {option[len("name=") :] for option in options if option.startswith("name=")}
