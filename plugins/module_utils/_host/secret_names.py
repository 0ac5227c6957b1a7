# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and texts that look like credentials. Pure. For a text only the kind of credential is returned, never its value."""

from __future__ import annotations

import re

from ansible_collections.seawall.docker.plugins.module_utils._host.secret_words import (
    ABOUT,
    CONTEXTS,
    FORMS,
    GLUED,
    HARMLESS,
    KEY_WORDS,
    SECRET_WORDS,
    words_of,
)

# PROXY_AUTH=user:password, but not AUTH=https://login.example.org, AUTH=keycloak:8080 or AUTH=login:plain.
_USER_AND_PASSWORD = re.compile(
    r"[^\s:/$]{1,200}:(?!(?:\d{1,5}|none|plain|login|basic|digest|on|off|true|false|yes|no|x)\Z)[^\s/$\\]\S*",
    re.IGNORECASE,
)
_OF_NEO4J = re.compile(r"[^\s:/$]{1,200}/[^\s/$]\S*")


def holds_credential(name: str, value: str) -> bool:
    """Return whether a variable of this name usually holds a credential, or with a value of this form."""
    if is_secret_name(name):
        return True
    form = _OF_NEO4J if name == "NEO4J_AUTH" else _USER_AND_PASSWORD
    return words_of(name)[-1:] == ["auth"] and form.fullmatch(value) is not None


def is_secret_name(name: str) -> bool:
    """Return whether a variable of this name usually holds a credential."""
    if name in HARMLESS:
        return False
    words = words_of(name)
    while words and words[-1].isdigit():
        words.pop()
    # The one id that is a credential: HashiCorp Vault's AppRole logs in with it.
    if words[-2:] == ["secret", "id"] and {"vault", "approle"} & set(words):
        return True
    if not words or words[-1] in ABOUT:
        return False
    if any(word in SECRET_WORDS for word in words) or GLUED.search(words[-1]):
        return True
    return any(first in KEY_WORDS and second == "key" for first, second in zip(words, words[1:]))


def secret_patterns(text: str) -> list[str]:
    """Return the kinds of credentials that a text seems to contain."""
    return [name for name, pattern in (*CONTEXTS, *FORMS) if pattern.search(text)]
