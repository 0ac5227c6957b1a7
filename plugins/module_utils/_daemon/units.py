# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find the file that gave the daemon each of its arguments: systemd units with their drop-ins, and environment files.

Pure: texts in, data out. The value of a flag always comes from the running process. The files only show where it was
set, so a unit that was changed since cannot lead to a wrong value.
"""

from __future__ import annotations

import re
import shlex
import typing as t

# Reads a file of variables; returns None where it does not exist or may not be read.
ReadText = t.Callable[[str], t.Optional[str]]

_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))")


class Argument(t.NamedTuple):
    """One argument and the file that contains it. ``kind`` is that of an option's origin."""

    text: str
    kind: str
    source: str


class UnitFile(t.NamedTuple):
    path: str
    kind: str
    text: str


def settings_of(text: str, section: str) -> list[tuple[str, str]]:
    """Return the settings of a section in order. Continuation lines are joined, comments left out."""
    found: list[tuple[str, str]] = []
    current, pending = "", ""
    for raw in text.splitlines():
        line = raw.strip()
        if line.startswith(("#", ";")):
            continue  # also within a continued setting
        line = pending + line
        if line.endswith("\\"):
            pending = line[:-1] + " "
            continue
        pending = ""
        if line.startswith("[") and line.endswith("]"):
            current = line[1:-1]
        elif current == section and "=" in line:
            key, _equals, value = line.partition("=")
            found.append((key.strip(), value.strip()))
    return found


def words_of(text: str) -> list[str]:
    """Split a command line into words and remove quotes. If a quote is not closed, split at spaces."""
    try:
        return shlex.split(text, comments=False, posix=True)
    except ValueError:
        return text.split()


def variables_of(text: str) -> dict[str, str]:
    """Return the assignments in a file such as /etc/default/docker."""
    found: dict[str, str] = {}
    for raw in text.replace("\\\n", " ").splitlines():
        line = raw.strip()
        if line.startswith("export "):
            line = line[len("export ") :].lstrip()
        name, equals, value = line.partition("=")
        if not equals or line.startswith(("#", ";")) or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            continue
        found[name] = " ".join(words_of(value)) if value[:1] in "\"'" else value.strip()
    return found


def assignments_of(text: str) -> dict[str, str]:
    """Return the assignments in a value of Environment=."""
    pairs = (word.partition("=") for word in words_of(text))
    return {name: value for name, equals, value in pairs if equals}


def command_arguments(
    files: list[UnitFile],
    environment_files: list[str],
    read_text: ReadText,
    loaded: str | None = None,
    environment: dict[str, str] | None = None,
) -> list[Argument]:
    """Return the arguments of a service's command as its unit, drop-ins and files of variables define it, in that
    order.

    ``loaded`` are the words of the command as systemd has read them, with its specifiers replaced and without quotes,
    and ``environment`` the variables that it sets. The files are changed since, or use specifiers, where they differ.
    """
    command: UnitFile | None = None
    line = ""
    variables: dict[str, tuple[str, str, str]] = {}
    for file in files:
        for key, value in settings_of(file.text, "Service"):
            if key == "ExecStart":
                # An empty setting forgets those before; a service of this kind starts one program.
                command, line = (file, value) if value else (None, "")
            elif key == "Environment":
                if not value:
                    variables = {}
                for name, text in assignments_of(value).items():
                    variables[name] = (text, file.kind, file.path)
    if command is None:
        return []
    for name, text in (environment or {}).items():
        variables[name] = (text, *variables.get(name, ("", command.kind, command.path))[1:])
    for path in environment_files:
        content = read_text(path)
        for name, text in variables_of(content or "").items():
            variables[name] = (text, "environment_file", path)
    words = words_of(line)
    skipped = 2 if words and "@" in words[0][: len(words[0]) - len(words[0].lstrip("@-:+!|"))] else 1
    words = words[skipped:]
    if loaded is not None:
        others = loaded.split(" ")[1:]
        if " ".join(words) != " ".join(others):
            words = others
    arguments: list[Argument] = []
    for word in words:
        arguments += _expand(word, command, variables)
    return arguments


def _expand(word: str, file: UnitFile, variables: dict[str, tuple[str, str, str]]) -> list[Argument]:
    """Expand variables: ``$NAME`` as a word of its own becomes several words; inside a word it is replaced by its
    value."""
    alone = re.fullmatch(r"\$([A-Za-z_][A-Za-z0-9_]*)", word)
    if alone:
        text, kind, source = variables.get(alone.group(1), ("", file.kind, file.path))
        return [Argument(part, kind, source) for part in words_of(text)]
    used = [variables[name] for name in (a or b for a, b in _VARIABLE.findall(word)) if name in variables]
    expanded = _VARIABLE.sub(lambda found: variables.get(found.group(1) or found.group(2), ("", "", ""))[0], word)
    kind, source = (used[0][1], used[0][2]) if used else (file.kind, file.path)
    return [Argument(expanded.replace("$$", "$").replace("%%", "%"), kind, source)]


def listen_streams(files: list[UnitFile]) -> list[tuple[str, UnitFile]]:
    """Return the addresses on which a socket unit listens, each with its file."""
    found: list[tuple[str, UnitFile]] = []
    for file in files:
        for key, value in settings_of(file.text, "Socket"):
            if key == "ListenStream":
                found = found + [(value.replace("%t", "/run"), file)] if value else []
    return found
