# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeping credentials out of differences, facts, results, messages and log lines. Pure.

A configuration is masked by option: what an option may hold is known. A text is masked by the names and forms in it.
Where the end of a credential cannot be told, all that may belong to it is masked. Everything is linear in the text.
"""

from __future__ import annotations

import json
import re
import typing as t
import urllib.parse

from ansible_collections.seawall.docker.plugins.module_utils._host.secret_words import (
    FORMS,
    is_secret_header,
    may_be_secret,
    may_be_secret_in_a_sentence,
)

MASK = "********"
# A shorter value would hide half of every other text.
_SHORTEST = 4

Spans = t.List[t.Tuple[int, int]]

# How the value of an option is masked.
PLAIN, SECRET, LABELS, ADDRESS, RUNTIMES = "plain", "secret", "labels", "address", "runtimes"

_ADDRESSES = frozenset(
    ("registry-mirrors", "registry-mirror", "insecure-registries", "insecure-registry", "hosts", "host")
    + ("cluster-store", "metrics-addr", "allow-nondistributable-artifacts")
)
_ADDRESS_ENDS = ("-proxy", "-address", "-url", "-endpoint")
_NAMES_OF_HOSTS = "no-proxy"

# A form that a name of up to this length cannot have.
_HARMLESS_WORD = re.compile(r"[\w./-]{0,14}")
# A quote that is escaped belongs to the word: it may be part of a password.
_WORD = re.compile(r"(?:[^\s\"\\]|\\.)+", re.DOTALL)
_DIGEST = re.compile(r"sha(?:256|384|512):")
_NO_USER = re.compile(r"(?:unix|unixgram|unixpacket|fd|npipe|file)$", re.IGNORECASE)
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

# A string that nothing ends goes on to the end of the text.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_COLON = re.compile(r"\s*:")
_PAIR = re.compile(r"(-{0,2}[\w.-]+)=")


def is_secret_name(name: str) -> bool:
    """Whether a value of this name may be a credential."""
    return may_be_secret(name)


def mask_text(text: str, mask: str = MASK) -> str:
    """A message, or one string, without the credentials that can be told by their names or by their form."""
    return _without(text, spans_of(text), mask)


def mask_lines(lines: t.Sequence[str]) -> list[str]:
    """Lines of a log, masked together: a private key has many of them."""
    return mask_text("\n".join(lines)).split("\n") if lines else []


def _without(text: str, spans: Spans, mask: str) -> str:
    if not spans:
        return text
    kept = []
    at = 0
    for start, end in _merged(spans):
        kept += [text[at:start], mask]
        at = end
    return "".join([*kept, text[at:]])


def _merged(spans: Spans) -> Spans:
    merged: Spans = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def spans_of(text: str) -> Spans:
    """Where credentials stand in a text. Each search sees the text as it is, whatever another has found in it."""
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
    """User and password of an address. A password may hold anything, so they end at the last "@"."""
    scheme = word.find("://")
    at = _last_at(word)
    if 0 <= scheme < at:
        local = _NO_USER.search(word[:scheme]) is not None
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
    """The last "@" that is not the beginning of an image's digest."""
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
    """Values after a name and "=" or ":"."""
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
    plain = _option_name(name)
    return plain.endswith(_ADDRESS_ENDS[0]) and not plain.endswith(_NAMES_OF_HOSTS)


def _user_of_proxy(text: str, start: int, end: int) -> tuple[int, int]:
    """As in an address, where the user alone may be a credential and an address may have been cut."""
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
    """The whole line, up to the quote that ends it."""
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
    """Where the quoted value ends, before its closing quote: one that is escaped as the opening one is."""
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
    """Values that follow their option as a word of its own: ``--token x``, and ``["--token", "x"]``."""
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
    """The end of a private key whose beginning stands before this text."""
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


def mode_of(name: str, outer: str = PLAIN) -> str:
    """How a value of this name is masked, below a value that is masked as ``outer``."""
    if outer in (SECRET, LABELS, ADDRESS):
        return outer
    plain = _option_name(name)
    if may_be_secret(name) or plain == "runtimeargs" or (outer == RUNTIMES and plain == "options"):
        return SECRET
    if plain in ("labels", "label"):
        return LABELS
    if plain in ("runtimes", "add-runtime"):
        return RUNTIMES
    if plain in _ADDRESSES or (plain.endswith(_ADDRESS_ENDS) and plain != _NAMES_OF_HOSTS):
        return ADDRESS
    return outer


def _option_name(name: str) -> str:
    return name.casefold().replace("_", "-").lstrip("-")


def mask_string(text: str, mode: str = PLAIN, named: bool = False, before: str = "", mask: str = MASK) -> str:
    """One string of a configuration. ``named``: it stands in an object; ``before`` is the item before it in a list."""
    return _without(text, _string_spans(text, mode, named, before), mask)


def _string_spans(text: str, mode: str, named: bool, before: str) -> Spans:
    whole = [(0, len(text))] if text else []
    if mode == SECRET or (mode == LABELS and named):
        return whole
    if mode == LABELS and "=" in text:
        return [(text.index("=") + 1, len(text))]
    if before.startswith("-") and "=" not in before and may_be_secret(before) and not text.startswith("--"):
        return whole
    pair = _PAIR.match(text)
    if pair is not None and may_be_secret(pair.group(1)):
        return [(pair.end(), len(text))]
    spans = spans_of(text)
    at = text.rfind("@")
    if mode == ADDRESS and at >= 0:
        scheme = text.find("://")
        if not (0 <= scheme < at and _NO_USER.search(text[:scheme])):
            spans.append((scheme + 3 if 0 <= scheme < at else 0, at))
    if mode == ADDRESS and "?" in text:
        spans.append((text.index("?") + 1, len(text)))
    return spans


def mask_value(value: t.Any, name: str = "", outer: str = PLAIN, mask: str = MASK) -> t.Any:
    """The value of an option, or a whole configuration, without credentials. Names are kept."""
    return _masked(value, mode_of(name, outer), bool(name), "", mask)


def _masked(value: t.Any, mode: str, named: bool, before: str, mask: str) -> t.Any:
    if isinstance(value, dict):
        return {
            mask_text(key, mask) if isinstance(key, str) else key: _masked(
                item, mode_of(str(key), mode), mode != LABELS or bool(key), "", mask
            )
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        items = list(value)
        befores = [""] + [item if isinstance(item, str) else "" for item in items]
        return [_masked(item, mode, False, befores[position], mask) for position, item in enumerate(items)]
    if isinstance(value, str):
        # The label itself, where one is given alone: its name tells it from a value below a name.
        return mask_string(value, mode, named and not (mode == LABELS and "=" in value), before, mask)
    return mask if mode == SECRET and value is not None else value


def mask_json(text: str) -> str:
    """A JSON text without credentials, everything else as written. A text that is no JSON is masked as a message too."""
    if not _is_json(text):
        text = mask_text(text)
    words: list[str] = []
    at = 0
    # For each open container: how what is in it is masked, and whether it is an object.
    open_ones: list[tuple[str, bool]] = [(PLAIN, False)]
    key = before = ""
    after_colon = False
    for found in _TOKEN.finditer(text):
        word = found.group()
        words.append(text[at : found.start()])
        at = found.end()
        outer, in_object = open_ones[-1]
        mode = mode_of(key, outer) if after_colon else outer
        if word in ("{", "["):
            open_ones.append((mode, word == "{"))
            after_colon, before = False, ""
        elif word in ("}", "]"):
            if len(open_ones) > 1:
                open_ones.pop()
            after_colon, before = False, ""
        elif word == ":":
            after_colon = True
        elif word == ",":
            after_colon = False
        elif word.startswith('"') and _COLON.match(text, at):
            # An option is followed by its value in a list, and not under the next key.
            key, before = _unquoted(word), ""
            word = _quoted_again(word, key, mask_text(key))
        elif word.startswith('"'):
            content = _unquoted(word)
            named = in_object and outer == LABELS
            word = _quoted_again(word, content, mask_string(content, mode, named, before))
            before = content
        else:
            before = ""
            word = f'"{MASK}"' if mode == SECRET and word != "null" else mask_text(word)
        words.append(word)
    words.append(text[at:])
    return "".join(words)


def _is_json(text: str) -> bool:
    try:
        json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return False
    return True


def _unquoted(word: str) -> str:
    try:
        return str(json.loads(word, strict=False))
    except ValueError:
        return word[1:-1] if len(word) > 1 and word.endswith('"') else word[1:]


def _quoted_again(word: str, content: str, masked: str) -> str:
    return word if masked == content else json.dumps(masked, ensure_ascii=False)


def secret_values(value: t.Any, name: str = "", outer: str = PLAIN) -> set[str]:
    """The credentials in a configuration, to be struck out of messages that may repeat them.

    Of a label it is the whole ``name=value``: a value such as "docker" alone would strike out the words of every message.
    """
    found: set[str] = set()
    for text, mode, before in _strings(value, mode_of(name, outer), ""):
        if mode == LABELS:
            found.add(text)
            continue
        for start, end in _merged(_string_spans(text, mode, False, before)):
            found |= _spellings(text[start:end], text[end : end + 1] == "@")
        if mode == SECRET:
            pair = _PAIR.match(text)
            found |= {text[pair.end() :]} if pair else set()
    return {secret for secret in found if len(secret) >= _SHORTEST}


def _strings(value: t.Any, mode: str, before: str) -> t.Iterator[tuple[str, str, str]]:
    """Every string in a configuration with how it is masked, and the string before it in a list."""
    if isinstance(value, dict):
        for key, item in value.items():
            if mode == LABELS and isinstance(item, str):
                yield f"{key}={item}", mode, ""
                yield item, mode, ""
            else:
                yield from _strings(item, mode_of(str(key), mode), "")
    elif isinstance(value, (list, tuple)):
        last = before
        for item in value:
            yield from _strings(item, mode, last)
            last = item if isinstance(item, str) else ""
    elif isinstance(value, str):
        yield value, mode, before


def _spellings(secret: str, is_user: bool) -> set[str]:
    """A credential as an engine may repeat it. Of user and password, only the password."""
    if is_user:
        secret = secret.partition(":")[2] or secret
    return {
        secret,
        urllib.parse.unquote(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
    }


def struck(text: str, secrets: t.Iterable[str], mask: str = MASK) -> str:
    """A text without these credentials and without those that can be told by their form. The longest go first."""
    for secret in sorted(secrets, key=lambda one: (-len(one), one)):
        text = text.replace(secret, mask)
    return mask_text(text, mask)
