# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and texts that look like credentials. Pure; the answer to a text is only the name of what it looks like."""

from __future__ import annotations

import re

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_SECRET_WORDS = frozenset(
    ("pass", "passwd", "password", "passphrase", "pwd", "pw", "secret", "secrets", "token", "credential", "credentials")
    + ("apikey", "passcode")
)
# What makes a "key" a secret one.
_KEY_WORDS = frozenset(
    ("api", "access", "private", "secret", "encryption", "signing", "ssh", "master", "account", "priv")
)
_GLUED = re.compile(r"(?:password|passwd|passphrase|secret|token|apikey|accesskey|privatekey|secretkey)$")
# A place of a secret, or a word about one, is none.
_ABOUT = frozenset(
    ("file", "files", "path", "dir", "directory", "ttl", "url", "uri", "endpoint", "length", "len", "size", "expiry")
    + ("expiration", "expires", "timeout", "lifetime", "name", "type", "issuer", "header", "algorithm", "policy", "min")
    + ("max", "through", "enabled", "enable", "disabled", "limit", "count", "version", "id")
)
_HARMLESS = frozenset(("PWD", "OLDPWD"))

_TEXTS = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        ("url_credentials", r"\b[a-z][a-z0-9+.-]{0,20}://[^\s/:@'\"$]{0,200}:(?!\$)[^\s/@'\"$]{1,200}@"),
        ("private_key", r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----"),
        ("aws_access_key", r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
        ("github_token", r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{22})"),
        ("gitlab_token", r"\bglpat-[\w-]{20}"),
        ("slack_token", r"\bxox[abprs]-[\w-]{10}"),
        ("authorization_header", r"authorization:\s{0,5}(?:bearer|basic|token)\s{1,5}[^\s'\"$]{6}"),
        ("password_option", r"--(?:password|passwd|token|secret)(?:=|\s{1,5})(?![\"']?\$|-)[^\s;&|]"),
        ("curl_user", r"\bcurl\s[^|;&]{0,500}?(?:-u|--user)[=\s]?\s{0,5}[\"']?[^\s:$'\"]{1,200}:(?!\$)[^\s$'\"]"),
    )
)


def is_secret_name(name: str) -> bool:
    """Whether a variable of this name usually holds a credential."""
    if name in _HARMLESS:
        return False
    words = [word.lower() for word in _WORDS.findall(name)]
    while words and words[-1].isdigit():
        words.pop()
    if not words or words[-1] in _ABOUT:
        return False
    if any(word in _SECRET_WORDS for word in words) or _GLUED.search(words[-1]):
        return True
    return any(first in _KEY_WORDS and second == "key" for first, second in zip(words, words[1:]))


def secret_patterns(text: str) -> list[str]:
    """What credentials a text seems to hold."""
    return [name for name, pattern in _TEXTS if pattern.search(text)]
