# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Single settings of the running engine that several collectors need."""

from __future__ import annotations

from ansible_collections.seawall.docker.plugins.module_utils._daemon import keys
from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context, Document
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture.daemon.options import (
    configured,
    read_options,
    setup_of,
)


def configured_option(context: Context, name: str) -> Document:
    """``value`` and ``origin`` of one option as the running daemon was given it, in force or not.

    If that is not known, return the value that the API shows. Raise Unread if neither is known.
    """
    try:
        setup = setup_of(context)
        known = configured(setup, keys.options_by_key(setup.version)[name])
        if known.reason is None:
            return {"value": known.value, "origin": known.origin}
    except Unread:
        pass  # the API may still show it
    options = read_options(context)
    option = options.values.get(name)
    if option is None or "value" not in option:
        raise Unread(options.unread.get(f"{name}.value", f"the running value of {name} is not known"))
    return option


def security_option_names(info: Document) -> set[str]:
    """The names in ``SecurityOptions`` of ``/info``, such as ``userns`` and ``rootless``."""
    options = [str(option).split(",", maxsplit=1)[0] for option in info.get("SecurityOptions") or []]
    return {option[len("name=") :] for option in options if option.startswith("name=")}
