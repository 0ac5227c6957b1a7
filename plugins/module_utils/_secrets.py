# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeping credentials of a configuration out of differences, results and messages. Pure."""

from __future__ import annotations

import json
import re
import typing as t

MASK = "********"
# A shorter value would hide half of every other text.
_SHORTEST = 4

_NAME = re.compile(
    r"token|passw|passphrase|secret|credential|api[-_]?key|private[-_]?key|access[-_]?key", re.IGNORECASE
)
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
# Each is linear in the text, however long one word of it is: it looks for a beginning only where a word begins.
# Greedy up to the last "@" before the path: a password may hold one.
_USER_IN_ADDRESS = re.compile(r"(://)([^/\s\"']*)@")
_ASSIGNED = re.compile(
    r"(?<![A-Za-z0-9_.-])(?=[A-Za-z0-9_.-]*(?:token|passw(?:or)?d|secret|credential))"
    r"([A-Za-z0-9_.-]+=)([^\s,\"']+)",
    re.IGNORECASE,
)
_COLON = re.compile(r"\s*:")


def is_secret_name(name: str) -> bool:
    """Whether a value of this name may be a credential."""
    return bool(_NAME.search(name))


def mask_text(text: str) -> str:
    """A message, or one string, without the credentials that can be told by their form."""
    return _ASSIGNED.sub(r"\1" + MASK, _USER_IN_ADDRESS.sub(r"\1" + MASK + "@", text))


def mask_json(text: str) -> str:
    """A JSON text without credentials, everything else as written. A text that is no JSON is masked as a message."""
    words: list[str] = []
    at = 0
    # For each open container: whether all in it is secret. The key before the value counts within an object.
    hidden = [False]
    key = ""
    after_colon = False
    for found in _TOKEN.finditer(text):
        word = found.group()
        words.append(text[at : found.start()])
        at = found.end()
        secret = hidden[-1] or (after_colon and is_secret_name(key))
        if word in ("{", "["):
            hidden.append(secret)
            after_colon = False
        elif word in ("}", "]"):
            if len(hidden) > 1:
                hidden.pop()
            after_colon = False
        elif word == ":":
            after_colon = True
        elif word == ",":
            after_colon = False
        else:
            if word.startswith('"') and _COLON.match(text, at):
                key = _unquoted(word)
            elif secret:
                word = f'"{MASK}"'
            else:
                word = mask_text(word)
        words.append(word)
    words.append(text[at:])
    return "".join(words)


def _unquoted(word: str) -> str:
    try:
        return str(json.loads(word, strict=False))
    except ValueError:
        return word


def secret_values(value: t.Any, name: str = "", inside: bool = False) -> set[str]:
    """The credentials in a configuration, for the module to strike out of everything that it returns."""
    found: set[str] = set()
    inside = inside or is_secret_name(name)
    if isinstance(value, dict):
        for key, item in value.items():
            found |= secret_values(item, str(key), inside)
    elif isinstance(value, list):
        for item in value:
            found |= secret_values(item, "", inside)
    elif isinstance(value, str):
        if inside:
            found.add(value)
        found |= {user.partition(":")[2] for _scheme, user in _USER_IN_ADDRESS.findall(value)}
        found |= {secret for _name, secret in _ASSIGNED.findall(value)}
    return {secret for secret in found if len(secret) >= _SHORTEST}
