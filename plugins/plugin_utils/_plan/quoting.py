# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Words of strangers in lines for a shell: what is shown is what is run."""

from __future__ import annotations

import re
import shlex
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.visible import visible


def quoted(word: t.Any) -> str:
    """One word for bash, zsh and ksh. What steers a terminal is written out as ``$'\\x1b'``, which means the same."""
    text = str(word)
    if visible(text) == text:
        return shlex.quote(text)
    escaped = "".join(_escaped(char) for char in text)
    return f"$'{escaped}'"


def _escaped(char: str) -> str:
    if char in "\\'":
        return "\\" + char
    if visible(char) == char:
        return char
    # Bytes, since a shell may not know the character by its number.
    return "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", "surrogatepass"))


def mount_option(**parts: t.Any) -> str:
    """The value of ``--mount``, which is read as a line of CSV."""
    fields = [f"{key}={value}" if value is not True else key for key, value in parts.items() if value is not False]
    return ",".join(_field(field.replace("_", "-", 1) if field.startswith("bind_") else field) for field in fields)


def _field(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if re.search(r'[,"\r\n]', text) else text
