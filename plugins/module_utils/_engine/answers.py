# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the body of an engine's answer within a limit."""

from __future__ import annotations

import http.client
import re

from ansible_collections.seawall.docker.plugins.module_utils._host import bounds
from ansible_collections.seawall.docker.plugins.module_utils._host.bounds import TooMuch


def read_body(response: http.client.HTTPResponse, max_bytes: int) -> bytes:
    """Return the body of an answer. Raises TooMuch if it is longer."""
    declared = response.headers.get("Content-Length", "")
    length = int(declared) if re.fullmatch(r"[0-9]{1,18}", declared) else None
    if length is not None and length > max_bytes:
        raise TooMuch(f"the engine's answer is larger than {bounds.size_text(max_bytes)}")
    # In parts: Python 3.8 allocates as much as it is asked to read.
    parts = []
    size = 0
    while True:
        part = response.read(bounds.PART_BYTES)
        if not part:
            break
        size += len(part)
        if size > max_bytes:
            raise TooMuch(f"the engine's answer is larger than {bounds.size_text(max_bytes)}")
        parts.append(part)
    body = b"".join(parts)
    if length is not None and length != len(body):
        raise http.client.IncompleteRead(body)
    return body


def message_of(body: bytes) -> str:
    """Return the message of an engine's error."""
    try:
        return shortened(str(bounds.parse_json(body, bounds.SHORT_ANSWER, "the engine's message")["message"]))
    except (TooMuch, ValueError, KeyError, TypeError):
        return "no message"


def shortened(text: str) -> str:
    """Return a message of at most 400 characters. The middle is left out: an engine puts the cause last."""
    return text if len(text) <= 400 else f"{text[:147]} ... {text[-248:]}"
