# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one list of names and forms that credentials have. Pure.

Two questions are asked of it. Facts about images and services ask whether a variable *holds* a credential, since a rule
fails for it. The masker asks whether a value *may be* one, since it must not be shown. The second answer is the wider one.
"""

from __future__ import annotations

import re

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
SECRET_WORDS = frozenset(
    ("pass", "passwd", "password", "passphrase", "pwd", "pw", "secret", "secrets", "token", "credential", "credentials")
    + ("apikey", "passcode", "cred", "creds")
)
# What makes a "key" a secret one.
KEY_WORDS = frozenset(
    ("api", "access", "private", "secret", "encryption", "signing", "ssh", "master", "account", "priv")
)
GLUED = re.compile(r"(?:password|passwd|passphrase|secret|token|apikey|accesskey|privatekey|secretkey)$")
# A place of a secret, or a word about one, is none.
ABOUT = frozenset(
    ("file", "files", "path", "dir", "directory", "ttl", "url", "uri", "endpoint", "length", "len", "size", "expiry")
    + ("expiration", "expires", "timeout", "lifetime", "name", "type", "issuer", "header", "algorithm", "policy", "min")
    + ("max", "through", "enabled", "enable", "disabled", "limit", "count", "version", "id")
)
HARMLESS = frozenset(("PWD", "OLDPWD"))

# Wherever these stand in a name, the value may be a credential.
_STEMS = re.compile(
    r"token|passw|passphrase|passcode|secret|credential|bearer|cookie|jwt|(?:api|private|access)[-_.]?key",
    re.IGNORECASE,
)
# These are parts of other words, so they count as words of their own or as an end of one.
_WEAK_WORDS = frozenset(("auth", "auths", "key", "keys", "sig", "signature", "sas", "otp", "pin", "authorization"))
_WEAK_ENDS = ("auth", "pwd", "cred", "creds", "key")
_NOT_SECRET_AT_ALL = frozenset(("plugin", "plugins", "helper", "helpers", "server", "host", "port", "mode"))
# An option of the daemon and of the log driver syslog: paths of key files.
_KEY_FILES = re.compile(r"tls[-_.]?key$", re.IGNORECASE)
# By themselves, before a colon, these are words of a sentence: "duplicate key: x".
_OF_A_SENTENCE = frozenset(("key", "keys", "sig", "signature", "pass", "pin", "authorization"))

_HEADERS = frozenset(("authorization", "proxy-authorization", "cookie", "set-cookie"))

# Texts that are a credential by their own form. The first group, where there is one, is the credential.
# Each is linear in the text: no part of a word that was refused once is tried again from within.
FORMS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, flags))
    for name, pattern, flags in (
        (
            "private_key",
            r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----(?:.*?-----END [A-Z ]{0,30}PRIVATE KEY-----|.*)",
            re.IGNORECASE | re.DOTALL,
        ),
        ("aws_access_key", r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b", re.IGNORECASE),
        ("github_token", r"\b(?:gh[pousr]_[A-Za-z0-9]{36}\w*|github_pat_\w{22,})", re.IGNORECASE),
        ("gitlab_token", r"\bglpat-[\w.-]{20,}", re.IGNORECASE),
        ("slack_token", r"\bxox[abeprs]-[\w-]{10,}", re.IGNORECASE),
        ("slack_webhook", r"\bhooks\.slack\.com/(?:services|workflows)/([^\s\"']{8,})", re.IGNORECASE),
        ("json_web_token", r"(?<![\w-])eyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*){0,3}", 0),
        ("docker_token", r"\bdckr_[a-z]{3}_[\w-]{20,}", 0),
        ("swarm_join_token", r"\bSWMTKN-[\w-]{10,}", 0),
        ("npm_token", r"\bnpm_[A-Za-z0-9]{36}\w*", 0),
        ("google_api_key", r"\bAIza[\w-]{35,}", 0),
        ("vault_token", r"\bhv[sbr]\.[\w-]{20,}", 0),
        ("stripe_key", r"\b[rs]k_live_[A-Za-z0-9]{16,}", 0),
        ("laravel_key", r"\bbase64:[A-Za-z0-9+/]{43}=", 0),
    )
)
# Where a shell, or the list of words of a command, has the name of a program.
_COMMAND = (
    r"(?:^|[;&|(\n\[{]|-c[\"']?\s|\b(?:exec|sudo|time|do|then|else|if|CMD|CMD-SHELL)[\"']?\s|!\s)"
    r"\s{0,20}[\"']?(?:[\w.-]{0,40}/){0,8}"
)
# Texts around a credential, by which facts tell that a command holds one.
CONTEXTS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        ("url_credentials", r"\b[a-z][a-z0-9+.-]{0,20}://[^\s/:@'\"$]{0,200}:(?!\$)[^\s/@]{1,200}@"),
        ("authorization_header", r"authorization:\s{0,5}(?:bearer|basic|token)\s{1,5}[^\s'\"$]{6}"),
        (
            "password_option",
            r"--(?:password|passwd|requirepass|masterauth|token|secret)(?:=|\s{1,5})(?![\"']?\$|-)[^\s;&|]",
        ),
        # Other programs use these options for something else, so the program must be the command. -P is a port.
        (
            "mysql_password",
            _COMMAND + r"(?:mysql|mariadb)[\w-]{0,20}[\"']?\s[^|;&\n]{0,500}?(?<![^\s\"'])(?-i:-p)"
            r"(?![\"']?[$`])[\"']?[^\s;&|\"'`\]]",
        ),
        ("sshpass_password", r"\bsshpass\s{1,5}(?-i:-p)\s{0,5}(?![\"']?\$)[^\s;&|]"),
        (
            "redis_password",
            _COMMAND + r"redis-cli[\"']?\s[^|;&\n]{0,500}?(?<![^\s\"'])(?-i:-a)[\"']?\s{1,5}(?![\"']?[$`]|-)[^\s;&|]",
        ),
        ("curl_user", r"\bcurl\s[^|;&]{0,500}?(?:-u|--user)[=\s]?\s{0,5}[\"']?[^\s:$'\"]{1,200}:(?!\$)[^\s$'\"]"),
    )
)


def words_of(name: str) -> list[str]:
    """Split a name into words in lower case: ``dbPassword`` and ``DB_PASSWORD`` are ``db`` and ``password``."""
    return [word.lower() for word in _WORDS.findall(name)]


def may_be_secret(name: str) -> bool:
    """Return whether a value of this name may be a credential."""
    if _STEMS.search(name):
        return True
    words = words_of(name)
    if not words or name in HARMLESS or _KEY_FILES.search(name) or _says_something_else(words[-1]):
        return False
    return any(word in SECRET_WORDS or word in _WEAK_WORDS or word.endswith(_WEAK_ENDS) for word in words)


def may_be_secret_in_a_sentence(name: str) -> bool:
    """The same of a name before a colon, where ``unauthorized:`` or ``duplicate key:`` are no names of values."""
    if _STEMS.search(name):
        return True
    words = words_of(name)
    if not words or name in HARMLESS or _KEY_FILES.search(name) or _says_something_else(words[-1]):
        return False
    return any(
        (word in SECRET_WORDS or word in _WEAK_WORDS or word.endswith("pwd"))
        and (len(words) > 1 or word not in _OF_A_SENTENCE)
        for word in words
    )


def is_secret_header(name: str) -> bool:
    """Return whether this is an HTTP header whose whole line is a credential."""
    lowered = name.lower()
    return lowered in _HEADERS or (lowered.startswith("x-") and may_be_secret(name))


def _says_something_else(last: str) -> bool:
    return last in ABOUT or last in _NOT_SECRET_AT_ALL
