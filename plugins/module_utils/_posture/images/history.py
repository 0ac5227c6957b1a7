# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find out from the history of an image how it was built. Pure.

The builder of an image writes the history, which may contain passwords. So no text of it leaves this module, only
numbers of layers, kinds, and names of variables. Layer 1 is the oldest one.
"""

from __future__ import annotations

import re
import shlex
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.secret_names import holds_credential, secret_patterns
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers.secret_suspects import in_command

# Every repetition is bounded or cannot overlap with the next: the text is hostile.
_SHELL = re.compile(
    r"^(?:RUN\s+)?(?:\|\d+\s+(?P<arguments>.*?)\s)?\s*"
    r"/\S{0,100}?sh\s+(?:-\S+\s+|pipefail\s+)*?-\w{0,10}c\s+(?P<command>.*)$",
    re.DOTALL,
)
_METADATA = re.compile(
    r"^(ADD|COPY|ENV|ARG|LABEL|CMD|ENTRYPOINT|EXPOSE|VOLUME|USER|WORKDIR|ONBUILD|STOPSIGNAL|HEALTHCHECK|SHELL|"
    r"MAINTAINER)\s+(.*)$",
    re.DOTALL,
)
_MANAGERS = r"apt-get|aptitude|apt|apk|yum|dnf|microdnf|zypper|pacman"
# What may stand before a command and runs it all the same.
_BEFORE = (
    r"if|then|else|elif|do|while|until|!|\{|time|exec|command(?!\s+-[vV])|eval|sudo|env|nice|nohup|timeout\s+[\w.]+"
)
_OPTION = r"-[ugnaCh]\s+(?!-)[\w.:+-]+|--?[\w-]{1,40}(?:=\S*)?"
# Bounded: a word behind an option may be its value or the next command, so the ways to read a text double with each.
_COMMAND = re.compile(
    rf"^(?:(?:{_BEFORE}|{_OPTION}|\w+=(?:\"[^\"]*\"|'[^']*'|\S*))\s+){{0,12}}(?:\S*/)?({_MANAGERS})\s+(.*)$", re.DOTALL
)
_REFRESH = {"update", "makecache", "refresh", "check-update", "-Sy", "-Syy"}
_INSTALL = {
    "install", "add", "upgrade", "dist-upgrade", "full-upgrade", "build-dep", "groupinstall", "localinstall", "in",
    "reinstall", "source", "satisfy", "-S", "-Syu", "-Su", "-Syyu", "dup",
}  # fmt: skip
_ASSIGNMENT = re.compile(r"(?:^|[\s;&|(])(?:export\s+|declare\s+-x\s+)?([A-Za-z_]\w*)=(\"[^\"]*\"|'[^']*'|\S+)")
_REFERENCE = re.compile(r"^[\"']?\$")
# What the image runs in the end, which is no step of its build.
_RUN_LATER = {"CMD": "command", "ENTRYPOINT": "command", "HEALTHCHECK": "health_check"}
# Bounds on hostile text: patterns are tried on this much of an entry.
MAX_TEXT = 65536
MAX_FINDINGS = 100


class Layer(t.NamedTuple):
    """``instruction`` is ``RUN`` or a keyword of a Dockerfile; empty if it is not known. ``arguments`` are the build
    arguments in the form in which the builder recorded them."""

    number: int
    instruction: str
    text: str
    arguments: str = ""


def layers_of(history: t.Any) -> list[Layer]:
    """Return the layers from the history of the engine, which begins with the newest one. The oldest layer is the first
    of the result. Raises ValueError if it is not a history."""
    if not isinstance(history, list):
        raise ValueError("the history is not a list")
    layers = []
    for number, entry in enumerate(reversed(history), 1):
        created_by = entry.get("CreatedBy") if isinstance(entry, dict) else None
        if not isinstance(created_by, str):
            raise ValueError("the history has an entry without a text")
        layers.append(parse_layer(number, created_by[:MAX_TEXT]))
    return layers


def parse_layer(number: int, created_by: str) -> Layer:
    """Parse one entry of the classic builder (``/bin/sh -c #(nop) …``) or of BuildKit (``… # buildkit``)."""
    text = re.sub(r"\s*# buildkit\s*$", "", created_by.strip())
    shell = _SHELL.match(text)
    if shell is not None:
        command = shell.group("command").strip()
        if command.startswith("#(nop)"):
            text = command[len("#(nop)") :].strip()
        else:
            return Layer(number, "RUN", command, shell.group("arguments") or "")
    keyword = _METADATA.match(text)
    if keyword is not None:
        return Layer(number, keyword.group(1), keyword.group(2).strip())
    if text.startswith("RUN "):
        return Layer(number, "RUN", text[4:])
    return Layer(number, "", text)


def undescribed(layers: list[Layer]) -> list[int]:
    """Return the numbers of the layers whose origin is not known: an import, a commit, or a command without a shell.

    The first layer is left out if it is the base of others, and if instructions of a build file follow it that add
    something.
    """
    found = [layer.number for layer in layers if not layer.instruction]
    followed = any(layer.instruction in ("ADD", "COPY", "RUN") for layer in layers[1:])
    if found[:1] == [1] and (followed or (layers[0].text and len(layers) > 1)):
        found = found[1:]
    return found[:MAX_FINDINGS]


def lone_updates(layers: list[Layer]) -> list[dict[str, t.Any]]:
    """Return the layers that update a package index without installing a package. Later installations would use the old
    index."""
    found = []
    for layer in layers:
        if layer.instruction != "RUN":
            continue
        refreshed, installed = "", False
        for command in re.split(r"&&|\|\||[;\n|]|\\\n", layer.text):
            match = _COMMAND.match(command.strip(" \t\\({"))
            if match is None:
                continue
            words = match.group(2).split()
            verbs = [word for word in words if not word.startswith("-") or word in _REFRESH | _INSTALL]
            verb = verbs[0] if verbs else ""
            if verb in _REFRESH:
                refreshed = refreshed or match.group(1)
            elif verb in _INSTALL:
                installed = True
        if refreshed and not installed:
            found.append({"layer": layer.number, "manager": refreshed})
    return found[:MAX_FINDINGS]


def add_instructions(layers: list[Layer]) -> list[dict[str, t.Any]]:
    """Return the ADD instructions, except the one that unpacks the base image into ``/`` as the first layer."""
    found = []
    filled = False
    for layer in layers:
        if layer.instruction == "ADD":
            base = not filled and re.search(r"(?:\sin)?\s/\s*$", layer.text) is not None
            if not base or re.match(r"(?:--\S+\s+)*https?://", layer.text, re.IGNORECASE):
                remote = re.search(r"\b(?:https?|ftp|git)://|\bgit@", layer.text, re.IGNORECASE) is not None
                found.append({"layer": layer.number, "kind": "remote" if remote else "file"})
        if layer.instruction in ("ADD", "COPY", "RUN", ""):
            filled = True
    return found[:MAX_FINDINGS]


def secret_suspects(layers: list[Layer], environment: list[str]) -> list[dict[str, t.Any]]:
    """Return where the image seems to store a credential. ``kind`` is ``environment``, ``build_argument``, ``label``,
    ``command`` or ``health_check``; ``name`` is the name of the variable or label; ``pattern`` is the kind of secret that a
    text looks like. ``environment`` belongs to the image and to no layer."""
    found: list[dict[str, t.Any]] = []
    for layer in map(_built_later, layers):
        if layer.instruction in ("ENV", "ARG"):
            kind = "environment" if layer.instruction == "ENV" else "build_argument"
            for name, value in _pairs(layer.text):
                found += _judge_variable(layer.number, kind, name, value)
        elif layer.instruction == "LABEL":
            for name, value in _pairs(layer.text):
                found += _judge_variable(layer.number, "label", name, value)
        elif layer.instruction in _RUN_LATER:
            suspects = in_command(_RUN_LATER[layer.instruction], layer.text)
            found += [{"layer": layer.number, **one} for one in suspects]
        elif layer.instruction in ("ADD", "COPY"):
            patterns = secret_patterns(layer.text)
            found += [{"layer": layer.number, "kind": "command", "name": None, "pattern": one} for one in patterns]
        elif layer.instruction in ("RUN", ""):
            for name, value in _pairs(layer.arguments):
                found += _judge_variable(layer.number, "build_argument", name, value)
            for match in _ASSIGNMENT.finditer(layer.text):
                found += _judge_variable(layer.number, "command", match.group(1), match.group(2))
            found += [
                {"layer": layer.number, "kind": "command", "name": None, "pattern": pattern}
                for pattern in secret_patterns(layer.text)
            ]
    named = {suspect["name"] for suspect in found if suspect["kind"] == "environment"}
    for entry in environment:
        name, _equals, value = str(entry).partition("=")
        if name not in named:
            # What a variable holds is final: a dollar sign in it is a character of the value, and nothing expands it.
            found += _judge_variable(None, "environment", name, value, expanded=True)
    unique = {(entry["layer"], entry["kind"], entry["name"], entry["pattern"]): entry for entry in found}
    return list(unique.values())[:MAX_FINDINGS]


def _built_later(layer: Layer) -> Layer:
    """Return what an ONBUILD holds for the images that are built from this one, and any other layer as it is."""
    if layer.instruction != "ONBUILD":
        return layer
    # One in another is refused by builders.
    return parse_layer(layer.number, layer.text)


def _judge_variable(
    layer: int | None, kind: str, name: str, value: str, expanded: bool = False
) -> list[dict[str, t.Any]]:
    bare = value.strip("\"'")
    if not bare or (not expanded and _REFERENCE.match(value)):
        return []
    shown = name[:200]
    if holds_credential(name, bare):
        return [{"layer": layer, "kind": kind, "name": shown, "pattern": None}]
    return [{"layer": layer, "kind": kind, "name": shown, "pattern": pattern} for pattern in secret_patterns(bare)]


def _pairs(text: str) -> list[tuple[str, str]]:
    """Parse ``A=b C="d e"``, or the old form ``A b c``."""
    if not text:
        return []
    try:
        words = shlex.split(text)
    except ValueError:
        words = text.split()
    if words and "=" not in words[0]:
        return [(words[0], " ".join(words[1:]))]
    return [(name, value) for name, equals, value in (word.partition("=") for word in words) if equals]
