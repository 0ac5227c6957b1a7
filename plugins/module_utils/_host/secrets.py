# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keep credentials out of differences, facts, results, messages and log lines. Pure.

A configuration is masked by option: what an option may hold is known. A text is masked by the names and forms in it.
Where the end of a credential cannot be told, all that may belong to it is masked. Everything is linear in the text.
"""

from __future__ import annotations

import json
import re
import typing as t
import urllib.parse

from ansible_collections.seawall.docker.plugins.module_utils._host.secret_spans import (
    ADDRESS_ENDS,
    NAMES_OF_HOSTS,
    NO_USER,
    Spans,
    merged,
    option_name,
    spans_of,
)
from ansible_collections.seawall.docker.plugins.module_utils._host.secret_words import may_be_secret

MASK = "********"
# A shorter value would hide half of every other text.
_SHORTEST = 4

# How the value of an option is masked.
PLAIN, SECRET, LABELS, ADDRESS, RUNTIMES = "plain", "secret", "labels", "address", "runtimes"

_ADDRESSES = frozenset(
    ("registry-mirrors", "registry-mirror", "insecure-registries", "insecure-registry", "hosts", "host")
    + ("cluster-store", "metrics-addr", "allow-nondistributable-artifacts")
)
# A string that nothing ends goes on to the end of the text.
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"?|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_COLON = re.compile(r"\s*:")
_PAIR = re.compile(r"(-{0,2}[\w.-]+)=")


def mask_text(text: str, mask: str = MASK) -> str:
    """Return a message, or one string, without the credentials that can be told by their names or by their form."""
    return _without(text, spans_of(text), mask)


def mask_lines(lines: t.Sequence[str]) -> list[str]:
    """Mask lines of a log together, since a private key has many of them."""
    return mask_text("\n".join(lines)).split("\n") if lines else []


def _without(text: str, spans: Spans, mask: str) -> str:
    if not spans:
        return text
    kept = []
    at = 0
    for start, end in merged(spans):
        kept += [text[at:start], mask]
        at = end
    return "".join([*kept, text[at:]])


def mode_of(name: str, outer: str = PLAIN) -> str:
    """Return how a value of this name is masked, below a value that is masked as ``outer``."""
    if outer in (SECRET, LABELS, ADDRESS):
        return outer
    plain = option_name(name)
    if may_be_secret(name) or plain == "runtimeargs" or (outer == RUNTIMES and plain == "options"):
        return SECRET
    if plain in ("labels", "label"):
        return LABELS
    if plain in ("runtimes", "add-runtime"):
        return RUNTIMES
    if plain in _ADDRESSES or (plain.endswith(ADDRESS_ENDS) and plain != NAMES_OF_HOSTS):
        return ADDRESS
    return outer


def mask_string(text: str, mode: str = PLAIN, named: bool = False, before: str = "", mask: str = MASK) -> str:
    """Mask one string of a configuration. ``named``: it stands in an object; ``before`` is the item before it in a list."""
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
        if not (0 <= scheme < at and NO_USER.search(text[:scheme])):
            spans.append((scheme + 3 if 0 <= scheme < at else 0, at))
    if mode == ADDRESS and "?" in text:
        spans.append((text.index("?") + 1, len(text)))
    return spans


def mask_value(value: t.Any, name: str = "", outer: str = PLAIN, mask: str = MASK) -> t.Any:
    """Return the value of an option, or a whole configuration, without credentials. Names are kept."""
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
    """Return a JSON text without credentials, everything else as written. A text that is no JSON is masked as a message too."""
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
    """Return the credentials in a configuration, to be struck out of messages that may repeat them.

    Of a label it is the whole ``name=value``: a value such as "docker" alone would strike out the words of every message.
    """
    found: set[str] = set()
    for text, mode, before in _strings(value, mode_of(name, outer), ""):
        if mode == LABELS:
            found.add(text)
            continue
        for start, end in merged(_string_spans(text, mode, False, before)):
            found |= _spellings(text[start:end], text[end : end + 1] == "@")
        if mode == SECRET:
            pair = _PAIR.match(text)
            found |= {text[pair.end() :]} if pair else set()
    return {secret for secret in found if len(secret) >= _SHORTEST}


def _strings(value: t.Any, mode: str, before: str) -> t.Iterator[tuple[str, str, str]]:
    """Yield every string in a configuration, how it is masked, and the string before it in a list."""
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
    """Return a credential as an engine may repeat it. Of user and password, only the password."""
    if is_user:
        secret = secret.partition(":")[2] or secret
    return {
        secret,
        urllib.parse.unquote(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
    }


def struck(text: str, secrets: t.Iterable[str], mask: str = MASK) -> str:
    """Return a text without these credentials and without those that can be told by their form. The longest go first."""
    for secret in sorted(secrets, key=lambda one: (-len(one), one)):
        text = text.replace(secret, mask)
    return mask_text(text, mask)
