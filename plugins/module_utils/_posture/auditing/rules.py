# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parse rules of the Linux audit system in the same way as auditctl. Pure.

Rules are parsed option by option and never searched as text: a watch of ``containerd-shim-runc-v2`` is none of
``containerd-shim``.
"""

from __future__ import annotations

import re
import typing as t

# What hardening writes: a file of rules, and the directories that must be there before auditd loads the rules.
OWN_RULES = "/etc/audit/rules.d/50-seawall-docker.rules"
OWN_DIRECTORIES = "/etc/tmpfiles.d/seawall-docker.conf"
LISTS = ("task", "exit", "user", "exclude", "filesystem", "io_uring", "entry")
# How auditctl calls getopt; a colon follows an option that takes a value.
_OPTIONS = "hicslDvtC:e:f:r:b:a:A:d:S:F:m:R:w:W:k:p:q:"
_LONG_OPTIONS = {
    "--loginuid-immutable": False,
    "--backlog_wait_time": True,
    "--reset-lost": False,
    "--reset_backlog_wait_time_actual": False,
    "--signal": True,
}
_FIELD = re.compile(r"([a-z0-9_]+)(!=|>=|<=|&=|=|>|<|&)(.*)", re.IGNORECASE | re.DOTALL)
_ALL_PERMISSIONS = "rwxa"


class Field(t.NamedTuple):
    name: str
    operator: str
    value: str


class AuditRule(t.NamedTuple):
    """One line. ``kind`` is ``watch``, ``syscall``, ``delete_all``, ``enable`` or ``control`` (all other settings).

    ``target`` is ``file``, ``tree``, or None if the rule names no path. For ``-w`` it is ``file`` at first: auditctl
    makes it a tree if the path is a directory when the rule is loaded. ``permissions`` are letters in the order rwxa.
    ``fields`` are the conditions that restrict the rule further.
    """

    kind: str
    text: str
    line: int
    source: str
    action: t.Optional[str] = None
    filter: t.Optional[str] = None
    target: t.Optional[str] = None
    path: t.Optional[str] = None
    permissions: str = _ALL_PERMISSIONS
    keys: t.Tuple[str, ...] = ()
    syscalls: t.Tuple[str, ...] = ()
    architecture: t.Optional[str] = None
    fields: t.Tuple[Field, ...] = ()
    prepend: bool = False
    remove: bool = False
    value: t.Optional[str] = None
    ignore_errors: bool = False


class Malformed(t.NamedTuple):
    text: str
    line: int
    source: str
    reason: str


class RuleError(ValueError):
    """auditctl would refuse the line."""


Entry = t.Union[AuditRule, Malformed]
Line = t.Tuple[str, int, str]


def lines_of(text: str, source: str) -> list[Line]:
    """Return the lines of a text with their source and number."""
    return [(source, number, line) for number, line in enumerate(text.split("\n"), 1)]


def parse_rules(lines: list[Line]) -> list[Entry]:
    """Return the rules of a file or of the output of ``auditctl -l``, in order, including the lines that auditctl would
    refuse."""
    entries: list[Entry] = []
    for source, number, line in lines:
        words = split_words(line)
        if not words or words[0].startswith("#"):
            continue
        shown = line.strip()[:500]
        try:
            entries.append(parse_rule(words, shown, number, source))
        except RuleError as error:
            entries.append(Malformed(shown, number, source, str(error)))
    return entries


def merged(files: list[tuple[str, str]]) -> list[Line]:
    """Merge the files of rules.d in the same way as augenrules. ``files`` are path and text in its order. ``-D`` is
    moved to the start, ``-e`` to the end.

    If a file does not end with a newline, its last line is joined with the first line of the next file, as with cat.
    """
    lines: list[Line] = []
    joined = ""
    for path, text in files:
        own = lines_of(text, path)
        if joined:
            own[0] = (path, 1, joined + own[0][2])
        joined = ""
        last = own.pop()
        if last[2]:
            joined = last[2]
            kept = last
        lines += own
    if joined:
        lines.append((kept[0], kept[1], joined))
    first: list[Line] = []
    middle: list[Line] = []
    final: list[Line] = []
    for line in lines:
        if re.match(r"\s*-e", line[2]):
            final = [line]
        elif re.match(r"\s*-D\s*$", line[2]):
            first = [line]
        elif not re.match(r"\s*-[fb]", line[2]):
            middle.append(line)
    return first + middle + final


def split_words(line: str) -> list[str]:
    """Split a line into words at spaces. A backslash keeps a space or a backslash. Quotes have no meaning."""
    words: list[str] = []
    word: list[str] = []
    position = 0
    while position < len(line):
        letter = line[position]
        following = line[position + 1 : position + 2]
        if letter == "\\" and following in (" ", "\\") and following:
            word.append(following)
            position += 1
        elif letter == " ":
            if word:
                words.append("".join(word))
                word = []
        else:
            word.append(letter)
        position += 1
    if word:
        words.append("".join(word))
    return words


def _options(words: list[str]) -> t.Iterator[tuple[str, str]]:
    """Parse the options in the same way as getopt: ``-k x``, ``-kx``, and several flags in one word."""
    position = 0
    while position < len(words):
        word = words[position]
        position += 1
        if word.startswith("--"):
            name, equals, value = word.partition("=")
            if name not in _LONG_OPTIONS:
                raise RuleError(f"there is no option {name}")
            if _LONG_OPTIONS[name] and not equals:
                if position >= len(words):
                    raise RuleError(f"{name} needs a value")
                value = words[position]
                position += 1
            yield name, value
            continue
        if not word.startswith("-") or len(word) < 2:
            raise RuleError(f"{word!r} follows no option")
        letters = word[1:]
        while letters:
            letter, letters = letters[0], letters[1:]
            place = _OPTIONS.find(letter)
            if place < 0 or letter == ":":
                raise RuleError(f"there is no option -{letter}")
            if _OPTIONS[place + 1 : place + 2] != ":":
                yield f"-{letter}", ""
                continue
            if not letters:
                if position >= len(words):
                    raise RuleError(f"-{letter} needs a value")
                letters = words[position]
                position += 1
            yield f"-{letter}", letters
            letters = ""


def parse_rule(words: list[str], text: str = "", line: int = 0, source: str = "") -> AuditRule:
    """Parse one rule. Raises RuleError if auditctl would refuse it."""
    rule = AuditRule("control", text, line, source)
    if words[0] == "-D":
        if len(words) > 1 and (len(words) != 3 or words[1] != "-k"):
            raise RuleError("-D takes nothing but -k and a key")
        return rule._replace(kind="delete_all", keys=tuple(words[2:]))
    ordered = False
    for option, value in _options(words):
        if option in ("-a", "-A", "-d"):
            if ordered:
                raise RuleError("a line can hold one rule")
            filter_name, action = _list_and_action(value)
            rule = rule._replace(
                kind="syscall",
                filter=filter_name,
                action=action,
                prepend=option == "-A",
                remove=option == "-d",
            )
            ordered = True
        elif option in ("-w", "-W"):
            if ordered:
                raise RuleError("a watch cannot be joined with a rule of a list")
            rule = rule._replace(
                kind="watch",
                filter="exit",
                action="always",
                target="tree" if value.endswith("/") and value.strip("/") else "file",
                path=_absolute(value),
                syscalls=("all",),
                remove=option == "-W",
            )
            ordered = True
        elif option in ("-p", "-F", "-k", "-C") and not ordered:
            raise RuleError(f"{option} must follow a list or a watch")
        elif option == "-p":
            rule = rule._replace(permissions=_permissions(value))
        elif option == "-k":
            rule = rule._replace(keys=(*rule.keys, value))
        elif option == "-F":
            rule = _with_field(rule, value)
        elif option == "-C":
            rule = rule._replace(fields=(*rule.fields, _field(value)))
        elif option == "-S":
            rule = rule._replace(syscalls=(*rule.syscalls, *value.split(",")))
        elif option == "-D":
            raise RuleError("-D cannot be joined with other options")
        elif option == "-e":
            if value not in ("0", "1", "2"):
                raise RuleError("-e must be 0, 1 or 2")
            rule = rule._replace(kind="enable", value=value)
        elif option in ("-i", "-c"):
            rule = rule._replace(ignore_errors=True)
        elif option == "-R":
            raise RuleError("a rule file cannot name another")
    if rule.kind == "syscall" and not rule.syscalls:
        rule = rule._replace(syscalls=("all",))
    return rule


def _list_and_action(value: str) -> tuple[str, str]:
    parts = value.split(",")
    if len(parts) != 2:
        raise RuleError(f"{value!r} is not a list and an action")
    first, second = parts
    if first in ("always", "never"):
        first, second = second, first
    if second not in ("always", "never") or first not in LISTS:
        raise RuleError(f"{value!r} is not a list and an action")
    return first, second


def _absolute(path: str) -> str:
    if not path.startswith("/"):
        raise RuleError("a watched path must start with /")
    return path


def _permissions(value: str) -> str:
    letters = value.lower()
    if not letters or len(letters) > 4 or set(letters) - set(_ALL_PERMISSIONS):
        raise RuleError(f"{value!r} are not permissions of r, w, x and a")
    return "".join(letter for letter in _ALL_PERMISSIONS if letter in letters)


def _field(value: str) -> Field:
    match = _FIELD.fullmatch(value)
    if match is None or not match.group(3):
        raise RuleError(f"{value[:80]!r} is not a field with an operator and a value")
    return Field(match.group(1).lower(), match.group(2), match.group(3))


def _with_field(rule: AuditRule, value: str) -> AuditRule:
    field = _field(value)
    if field.name in ("path", "dir"):
        if field.operator != "=" or rule.path is not None:
            raise RuleError(f"{field.name} can be given once, with =")
        target = "tree" if field.name == "dir" else "file"
        return rule._replace(target=target, path=_absolute(field.value))
    if field.name == "perm" and field.operator == "=":
        return rule._replace(permissions=_permissions(field.value))
    if field.name == "key" and field.operator == "=":
        return rule._replace(keys=(*rule.keys, field.value))
    if field.name == "arch" and field.operator == "=":
        return rule._replace(architecture=field.value)
    return rule._replace(fields=(*rule.fields, field))
