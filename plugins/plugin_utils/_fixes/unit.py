# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The unit of systemd that runs a container with its fixes, in the place of the one that runs it today."""

from __future__ import annotations

import posixpath
import re
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.visible import visible
from ansible_collections.seawall.docker.plugins.plugin_utils._fixes.model import Case, Json
from ansible_collections.seawall.docker.plugins.plugin_utils._fixes.run_line import RunLine

_DOCKER = "/usr/bin/docker"
_RESTARTS = ("no", "on-success", "on-failure", "on-abnormal", "on-watchdog", "on-abort", "always")


def unit_of(case: Case, made: RunLine) -> Json | None:
    """Return ``file``, ``content`` and ``environment_file``, or None for a container that no unit runs."""
    known = case.needs.get("unit")
    name = str((known or {}).get("name") or "")
    if not re.fullmatch(r"[A-Za-z0-9:_.@-]{1,200}\.service", name):
        return None
    file = f"/etc/systemd/system/{name}"
    environment = f"/etc/default/{name[: -len('.service')]}"
    variables = [word for word in made.words if word.startswith("--env=")]
    own = str(case.container["name"])
    lines = [
        "[Unit]",
        f"Description=Container {_text(own)}",
        "Requires=docker.service",
        "After=docker.service network-online.target",
        "Wants=network-online.target",
        "",
        "[Service]",
        *([f"EnvironmentFile={environment}"] if variables else []),
        f"ExecStartPre=-{_DOCKER} rm --force {_word(own)}",
        *_run(made.words, str((known or {}).get("restart") or "")),
        f"ExecStop={_DOCKER} stop {_word(own)}",
        "",
        "[Install]",
        "WantedBy=multi-user.target",
    ]
    return {
        "name": posixpath.basename(file),
        "file": file,
        "environment_file": environment if variables else None,
        "content": "\n".join(lines) + "\n",
    }


def _run(words: t.Sequence[str], restart: str) -> list[str]:
    """The client stays, so that systemd sees the container end and starts it again. With a terminal it cannot: then Docker does."""
    if "--interactive" in words or "--tty" in words:
        return ["Type=oneshot", "RemainAfterExit=yes", _line(["--detach", *words])]
    policy = next((word.partition("=")[2].partition(":")[0] for word in words if word.startswith("--restart=")), "no")
    asked = restart if restart in _RESTARTS else policy if policy in _RESTARTS else "always"
    return [_line([word for word in words if not word.startswith("--restart=")]), f"Restart={asked}"]


def _line(words: t.Sequence[str]) -> str:
    return " \\\n  ".join([f"ExecStart={_DOCKER} run", *map(_word, words)])


def _word(word: t.Any) -> str:
    """One word of a command as systemd reads it: nothing of it is a variable, a specifier or another word."""
    text = str(word)
    if re.fullmatch(r"[A-Za-z0-9_./:=,@+-]+", text):
        return text
    escaped = "".join(_escaped(char) for char in text)
    return f'"{escaped}"'


def _escaped(char: str) -> str:
    if char in '\\"':
        return "\\" + char
    if char in "%$":
        return char * 2
    if visible(char) == char:
        return char
    return "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8", "surrogatepass"))


def _text(text: str) -> str:
    return visible(text).replace("%", "%%").replace("\\", "/")
