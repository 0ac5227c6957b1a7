# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find out where the configuration of a container seems to hold a credential. Pure.

Only kinds, the names of variables and labels, and the kinds of credentials leave this file, never a value.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.secret_names import holds_credential, secret_patterns
from ansible_collections.seawall.docker.plugins.module_utils._host.secrets import mask_text
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

# Bounds on hostile text: more is not searched, and what was not searched is not known.
MAX_CHARACTERS = 262144
MAX_FINDINGS = 100
_MAX_NAME = 200
# NAME=value and --name=value in a command, ;Name=value; in a connection string, ?name=value in a URL and "name": "value" in JSON. A
# reference such as $NAME is no value.
_ASSIGNMENT = re.compile(
    r"(?:^|[\s;&|?,{(\"'])-{0,2}([A-Za-z_][\w.-]{0,200})(?:=|[\"']\s{0,5}:\s{0,5})([\"']?)(?!\$)([^\s;&|\"']+)"
)
# ALLOW_EMPTY_PASSWORD=yes turns something on, and is no password.
_SWITCHES = frozenset(("true", "false", "yes", "no", "on", "off"))

Suspect = t.Dict[str, t.Any]


def secret_suspects(config: dict[str, t.Any]) -> list[Suspect]:
    """Return where ``Config`` of a container seems to hold a credential. ``kind`` is ``environment``, ``label``,
    ``command`` or ``health_check``; ``name`` is the name of the variable, label or option; ``pattern`` is the kind of
    credential that the value looks like. Raises Unread if nothing was found and not all could be searched."""
    left = MAX_CHARACTERS
    cut = False
    found: list[Suspect] = []
    for kind, name, text in _texts(config):
        cut = cut or len(text) + len(name) > left
        text = text[:left]
        left -= min(left, len(text) + len(name))
        found += in_command(kind, text) if kind in ("command", "health_check") else _in_value(kind, name, text)
    if cut and not found:
        raise Unread(
            f"environment, labels and command are longer than the {MAX_CHARACTERS} characters that are searched"
        )
    unique = {(one["kind"], one["name"] or "", one["pattern"] or ""): one for one in found}
    return [unique[key] for key in sorted(unique)][:MAX_FINDINGS]


def _texts(config: dict[str, t.Any]) -> t.Iterator[tuple[str, str, str]]:
    for entry in config.get("Env") or []:
        name, _equals, value = str(entry).partition("=")
        yield "environment", name, value
    for name, value in (config.get("Labels") or {}).items():
        yield "label", str(name), str(value)
    words = [*_words(config.get("Entrypoint")), *_words(config.get("Cmd"))]
    yield "command", "", " ".join(words)
    yield "health_check", "", " ".join(_words((config.get("Healthcheck") or {}).get("Test")))


def _words(value: t.Any) -> list[str]:
    return [str(word) for word in value] if isinstance(value, list) else [str(value or "")]


def _in_value(kind: str, name: str, value: str) -> list[Suspect]:
    """The engine does not expand ``$`` in a value, so a value that begins with it is one."""
    if not value or value.lower() in _SWITCHES:
        return []
    if holds_credential(name, value):
        return [_suspect(kind, name, None)]
    patterns = [*secret_patterns(value), *(["assignment"] if any(_assigned(value)) else [])]
    return [_suspect(kind, name, pattern) for pattern in patterns]


def in_command(kind: str, text: str) -> list[Suspect]:
    """Return what a command seems to hold, by the names of variables and options in it, and by form."""
    named = [_suspect(kind, name, None) for name in _assigned(text)]
    return named + [_suspect(kind, None, pattern) for pattern in secret_patterns(text)]


def _assigned(text: str) -> t.Iterator[str]:
    """Yield the names to which a text assigns what may be a credential."""
    for match in _ASSIGNMENT.finditer(text):
        if holds_credential(match.group(1), match.group(3)) and match.group(3).lower() not in _SWITCHES:
            yield match.group(1)


def _suspect(kind: str, name: str | None, pattern: str | None) -> Suspect:
    # A credential may stand in a name, too.
    return {"kind": kind, "name": None if name is None else mask_text(name)[:_MAX_NAME], "pattern": pattern}
