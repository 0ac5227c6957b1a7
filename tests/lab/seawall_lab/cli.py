# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line."""

from __future__ import annotations

import argparse
import os
import signal
from collections.abc import Sequence

from .errors import LabError
from .lab import Lab, say
from .paths import Paths, require_root
from .recipes import CONTAINER_HOSTS, RECIPES, select


def parser() -> argparse.ArgumentParser:
    """All commands and their arguments."""
    hosts = f"any of: {', '.join(RECIPES)}, all"
    top = argparse.ArgumentParser(prog="lab.py", description="Real Docker hosts to test on. Needs root.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    up = commands.add_parser("up", help="build (once) and start hosts, and wait until they are usable")
    up.add_argument("hosts", nargs="*", metavar="HOST", help=f"{hosts}; default: {', '.join(CONTAINER_HOSTS)}")
    up.add_argument("--fresh", action="store_true", help="replace hosts that run already by new ones")
    down = commands.add_parser("down", help="remove hosts; without HOST all of them, and the lab's engine")
    down.add_argument("hosts", nargs="*", metavar="HOST", help=hosts)
    commands.add_parser("status", help="say what runs")
    shell = commands.add_parser("shell", help="log in on a host, or run a command there")
    shell.add_argument("host", metavar="HOST", choices=tuple(RECIPES), help=f"one of: {', '.join(RECIPES)}")
    shell.add_argument(
        "words",
        nargs=argparse.REMAINDER,
        metavar="...",
        help="run this instead: one word is a line of shell, several are one command",
    )
    commands.add_parser("inventory", help="print the running hosts as an Ansible inventory (YAML)")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; every foreseeable failure is one sentence on standard error and status 1."""
    given = parser().parse_args(arguments)
    # A job that is cancelled shall clean up like one that is interrupted.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        require_root()
        lab = Lab.at(Paths.from_environment(os.environ))
        if given.command == "up":
            lab.up(select(given.hosts, CONTAINER_HOSTS), fresh=given.fresh)
        elif given.command == "down":
            lab.down(select(given.hosts, RECIPES), everything=not given.hosts or "all" in given.hosts)
        elif given.command == "status":
            print(lab.status())
        elif given.command == "inventory":
            print(lab.inventory(), end="")
        else:
            words = given.words[1:] if given.words[:1] == ["--"] else given.words
            command = lab.shell_command(RECIPES[given.host], words)
            os.execvp(command[0], command)
    except LabError as error:
        say(f"error: {error}")
        return 1
    except OSError as error:
        # Disk full, no permission, an unplugged network: the system's own words are the sentence.
        say(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        say("interrupted")
        return 130
    return 0
