# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A process of its own that works on, whatever becomes of the session that started it."""

from __future__ import annotations

import os
import resource
import signal
import typing as t

# Beyond this number, no descriptor of this module is open.
_MAX_DESCRIPTORS = 65536

# What the process does. It calls what it is given as soon as its record says that it runs.
Work = t.Callable[[t.Callable[[], None]], None]


def start(work: Work) -> bool:
    """Start the process, and return when its record says that it runs, or False if it ended before. Raises OSError.

    A fork and no new program: all code is loaded, while the files of a module are removed when it ends.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        _detach(work, writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        is_running = stream.read() == b"x"
    os.waitpid(child, 0)
    return is_running


def _detach(work: Work, writing: int) -> t.NoReturn:
    """Become a process whose parent is init, without a terminal, a session or a descriptor of others. Never returns."""

    def ready() -> None:
        os.write(writing, b"x")
        os.close(writing)

    try:
        os.setsid()
        if os.fork():
            os._exit(0)
        _let_go(writing)
        work(ready)
    finally:
        # Not by the way on which the module's process ends: it would remove the module's files and answer Ansible.
        os._exit(1)


def _let_go(kept: int) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    for name in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
        signal.signal(name, signal.SIG_DFL)
    os.chdir("/")
    os.umask(0o077)
    # The lock of the module, too: it must be free when the module ends.
    os.closerange(3, kept)
    os.closerange(kept + 1, min(resource.getrlimit(resource.RLIMIT_NOFILE)[0], _MAX_DESCRIPTORS))
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    os.close(nothing)
