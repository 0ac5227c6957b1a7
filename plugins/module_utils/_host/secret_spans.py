# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where credentials stand in a text, told by the names before them and by their forms. Pure.

Where the end of a credential cannot be told, all that may belong to it is one. Everything is linear in the text.
"""

from __future__ import annotations

import re
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.secret_words import (
    FORMS,
    is_secret_header,
    may_be_secret,
    may_be_secret_in_a_sentence,
)

# Beginning and end of each credential.
Spans = t.List[t.Tuple[int, int]]

ADDRESS_ENDS = ("-proxy", "-address", "-url", "-endpoint")
NAMES_OF_HOSTS = "no-proxy"

# A form that a name of up to this length cannot have.
_HARMLESS_WORD = re.compile(r"[\w./-]{0,14}")
# A quote that is escaped belongs to the word: it may be part of a password.
_WORD = re.compile(r"(?:[^\s\"\\]|\\.)+", re.DOTALL)
_DIGEST = re.compile(r"sha(?:256|384|512):")
NO_USER = re.compile(r"(?:unix|unixgram|unixpacket|fd|npipe|file)$", re.IGNORECASE)
_BEFORE_USER = frozenset("\"'=,;:([{<>@/`")
_CUT = "…"
_CUT_USER = re.compile(r"[^/:]*:(?!\d{1,5}(?:[/…]|$))")

_ASSIGNED = re.compile(r"(?<![\w.-])([\w.-]+)(\\*[\"'`]?)\s*(=>?|:)[ \t]*")
_OPTION = re.compile(r"(?<![\w.-])(--?[A-Za-z][\w.-]*)(?:\\*[\"'],\s*|\\*[\"']?,?\s+)")
_CURL_USER = re.compile(
    r"(?<![\w.-])(?:-u|-U|--user|--proxy-user)[=\s]\s{0,5}[\"']?[^\s:\"']{0,200}:(?!\d+[\"']?(?:\s|$))(\S+)"
)
_BEARER = re.compile(r"\bbearer\s+(?!realm=|token\b|authenti|authori)([^\s\"]{4,})", re.IGNORECASE)
_BASIC = re.compile(r"\bbasic\s+(?=[A-Za-z0-9+/_-]*[0-9=])([A-Za-z0-9+/_=-]{6,})", re.IGNORECASE)
_SCHEME = re.compile(r"(?:bearer|basic|token|digest|negotiate|apikey)[ \t]+", re.IGNORECASE)
_QUOTE = re.compile(r"(\\*)([\"'`])")
_UNQUOTED = re.compile(r"[^\s\"]*")
_NEXT_PAIR = re.compile(r",[\w.-]+=")
_KEY_END = re.compile(r"-----END [A-Z ]{0,30}PRIVATE KEY-----", re.IGNORECASE)
_KEY_BEGIN = re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----", re.IGNORECASE)
_KEY_LINE = re.compile(r"[A-Za-z0-9+/=]{1,80}\s*")


def spans_of(text: str) -> Spans:
    """Return where credentials stand in a text. Each search sees the text as it is, whatever another has found in it."""
    if _HARMLESS_WORD.fullmatch(text):
        return []
    spans = [*_in_words(text), *_after_names(text), *_after_options(text), *_rests_of_keys(text)]
    for pattern in (*(pattern for _name, pattern in FORMS), _BEARER, _BASIC, _CURL_USER):
        spans += [found.span(pattern.groups) for found in pattern.finditer(text)]
    return spans


def _in_words(text: str) -> t.Iterator[tuple[int, int]]:
    for found in _WORD.finditer(text):
        word = found.group()
        if "@" in word or "?" in word or word.endswith(_CUT):
            for start, end in (_user_in(word), _query_in(word)):
                yield found.start() + start, found.start() + end


def _user_in(word: str) -> tuple[int, int]:
    """Find user and password of an address. A password may hold anything, so they end at the last "@"."""
    scheme = word.find("://")
    at = _last_at(word)
    if 0 <= scheme < at:
        local = NO_USER.search(word[:scheme]) is not None
        return (0, 0) if local else (scheme + 3, at)
    if at > 0:
        colon = word.find(":", 0, at)
        while colon >= 0:
            if (colon == 0 or word[colon - 1] == "=" or word[colon - 1] not in _BEFORE_USER) and colon + 1 < at:
                start = colon
                while start > 0 and word[start - 1] not in _BEFORE_USER:
                    start -= 1
                return start, at
            colon = word.find(":", colon + 1, at)
    elif scheme >= 0 and word.endswith(_CUT) and _CUT_USER.match(word, scheme + 3):
        return scheme + 3, len(word) - len(_CUT)  # the "@" was cut off
    return 0, 0


def _last_at(word: str) -> int:
    """Find the last "@" that is not the beginning of an image's digest."""
    at = word.rfind("@")
    while at >= 0 and _DIGEST.match(word, at + 1):
        at = word.rfind("@", 0, at)
    return at


def _query_in(word: str) -> tuple[int, int]:
    mark = word.find("?")
    if mark < 0 or not (word.find("=", mark) > 0 or 0 <= word.find("://") < mark):
        return 0, 0
    quote = word.find('"', mark)
    end = len(word) if quote < 0 else mark + len(word[mark:quote].rstrip("\\"))
    return mark + 1, end


def _after_names(text: str) -> Spans:
    """Find values after a name and "=" or ":"."""
    spans: Spans = []
    at = 0
    line_end = -1
    while True:
        found = _ASSIGNED.search(text, at)
        if found is None:
            return spans
        at = found.end()
        if line_end < at:
            line_end = text.find("\n", at)
            line_end = len(text) if line_end < 0 else line_end
        name, quote, sign = found.groups()
        if text.startswith("//", at) and sign == ":":
            continue
        if is_secret_header(name):
            end = _header_end(text, found.start(), at, line_end)
        elif may_be_secret(name) if quote or sign != ":" else may_be_secret_in_a_sentence(name):
            end = _value_end(text, at, line_end, sign)
        elif _is_proxy(name):
            end = _value_end(text, at, line_end, sign)
            start, end = _user_of_proxy(text, at, end)
            spans.append((start, end))
            continue
        else:
            continue
        quoted = _QUOTE.match(text, at)
        spans.append((quoted.end() if quoted and quoted.end() <= end else at, end))
        at = max(at, end)


def _is_proxy(name: str) -> bool:
    plain = option_name(name)
    return plain.endswith(ADDRESS_ENDS[0]) and not plain.endswith(NAMES_OF_HOSTS)


def _user_of_proxy(text: str, start: int, end: int) -> tuple[int, int]:
    """Find the user as in an address. The user alone may be a credential, and the address may have been cut."""
    value = text[start:end]
    at = _last_at(value)
    scheme = value.find("://")
    first = start + scheme + 3 if scheme >= 0 and (at < 0 or scheme < at) else start
    if at >= 0:
        quote = _QUOTE.match(text, first)
        return (quote.end() if quote else first), start + at
    if value.endswith(_CUT) and _CUT_USER.match(text, first):
        return first, end - len(_CUT)
    return start, start


def _header_end(text: str, before: int, at: int, line_end: int) -> int:
    """Return the end of the line, or of the quote that ends it."""
    quoted = _QUOTE.match(text, at)
    if quoted is not None:
        return _closing(text, quoted, line_end)
    end = text.find('"', at, line_end)
    end = line_end if end < 0 else at + len(text[at:end].rstrip("\\"))
    if before > 0 and text[before - 1] == "'":
        single = text.find("'", at, end)
        end = end if single < 0 else single
    return end


def _value_end(text: str, at: int, line_end: int, sign: str) -> int:
    quoted = _QUOTE.match(text, at)
    if quoted is not None:
        return _closing(text, quoted, line_end)
    if text[at : at + 1] in ("[", "{"):
        return line_end
    scheme = _SCHEME.match(text, at)
    first = scheme.end() if scheme else at
    end = t.cast("re.Match[str]", _UNQUOTED.match(text, first)).end()
    if text[end : end + 1] == '"':
        end = first + len(text[first:end].rstrip("\\"))
    following = _NEXT_PAIR.search(text, first, end) if sign == "=" else None
    return following.start() if following else end


def _closing(text: str, opening: re.Match[str], line_end: int) -> int:
    """Return where the quoted value ends, before its closing quote: one that is escaped as the opening one is."""
    depth, char = len(opening.group(1)), opening.group(2)
    at = text.find(char, opening.end(), line_end)
    while at >= 0:
        bare = len(text[opening.end() : at].rstrip("\\")) if text[at - 1] == "\\" else at - opening.end()
        escapes = at - opening.end() - bare
        if escapes < depth or escapes % (2 * (depth + 1)) == depth:
            return at - min(depth, escapes)
        at = text.find(char, at + 1, line_end)
    return line_end


def _after_options(text: str) -> Spans:
    """Find values that follow their option as a word of its own: ``--token x``, and ``["--token", "x"]``."""
    spans: Spans = []
    at = 0
    while True:
        found = _OPTION.search(text, at)
        if found is None:
            return spans
        at = found.end()
        if not may_be_secret(found.group(1)):
            continue
        line_end = text.find("\n", at)
        end = _value_end(text, at, len(text) if line_end < 0 else line_end, " ")
        quoted = _QUOTE.match(text, at)
        start = quoted.end() if quoted and quoted.end() <= end else at
        if not text.startswith("--", start):
            spans.append((start, end))
            at = max(at, end)


def _rests_of_keys(text: str) -> Spans:
    """Find the end of a private key whose beginning stands before this text."""
    end = _KEY_END.search(text)
    if end is None:
        return []
    begin = _KEY_BEGIN.search(text, 0, end.start())
    if begin is not None:
        return []
    start = end.start()
    while start > 0:
        line = text.rfind("\n", 0, start - 1) + 1
        if not _KEY_LINE.fullmatch(text[line:start]):
            break
        start = line
    return [(start, end.end())]


def option_name(name: str) -> str:
    """Return the name of an option in the form that names are compared in."""
    return name.casefold().replace("_", "-").lstrip("-")


def merged(spans: Spans) -> Spans:
    """Return the same places in their order, those that touch as one, without empty ones."""
    joined: Spans = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined
