# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A tree with everything that a volume can hold, and how a container with an id map sees it. Needs root."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import pickle
import signal
import socket
import stat
import struct
import sys
import typing as t
from pathlib import Path

CLONE_NEWUSER = 0x10000000
ACL_ENTRIES = ((1, 6, -1), (2, 4, 33), (4, 4, -1), (8, 6, 999), (16, 6, -1), (32, 0, -1))


def access_list(*entries: tuple[int, int, int]) -> bytes:
    """A list as the kernel holds it, of (tag, rights, id)."""
    return struct.pack("<I", 2) + b"".join(
        struct.pack("<HHI", tag, rights, id_ % 2**32) for tag, rights, id_ in entries
    )


def capability(permitted: int, root: int | None = None) -> bytes:
    """File capabilities that are effective at once: without a root user of revision 2, with one of revision 3."""
    revision = 0x02000000 if root is None else 0x03000000
    return struct.pack("<5I", revision | 1, permitted, 0, 0, 0) + (b"" if root is None else struct.pack("<I", root))


def make_tree(top: Path) -> None:
    """Make the tree; its ids are those of a container that is not remapped."""
    top.mkdir()
    for name, uid in (("data", 999), ("data/deep", 1000), ("data/closed", 0)):
        (top / name).mkdir()
        os.chown(top / name, uid, uid)
    for name, content in (
        ("passwd", b"root\n"),
        ("data/setuid", b"#!/bin/true\n"),
        ("data/ping", b"\x7fELF" + bytes(5000)),
    ):
        (top / name).write_bytes(content)
    (top / "empty").touch()
    (top / "data" / "large").write_bytes(os.urandom(3_000_000))
    os.chown(top / "data" / "setuid", 0, 42)
    os.chmod(top / "data" / "setuid", 0o6755)
    os.setxattr(top / "data" / "ping", "security.capability", capability(1 << 13))
    os.chown(top / "data" / "large", 999, 999)
    with open(top / "sparse", "wb") as stream:
        stream.seek(5_000_000)
        stream.write(b"end of a hole")
        stream.truncate(1 << 40)
    os.setxattr(top / "passwd", "system.posix_acl_access", access_list(*ACL_ENTRIES))
    os.setxattr(top / "data" / "deep", "system.posix_acl_default", access_list(*ACL_ENTRIES))
    (top / "data" / "deep" / "inherits").write_text("x")
    os.setxattr(top / "passwd", "user.note", b"\0\xff")
    os.setxattr(top / "data", "trusted.note", b"of root")
    os.chmod(top / "data" / "deep", 0o3770)
    os.chmod(top / "data" / "closed", 0)
    os.symlink("/etc/shadow", top / "link")
    os.symlink("nowhere\n", top / b"data/dangling".decode())
    os.chown(top / "link", 1000, 1000, follow_symlinks=False)
    os.mkfifo(top / "fifo", 0o620)
    os.mknod(top / "null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
    with socket.socket(socket.AF_UNIX) as listening, in_directory(top):
        listening.bind("socket")
    for name in ("one", "data/two", "data/deep/three"):
        if name == "one":
            (top / name).write_bytes(b"linked")
        else:
            os.link(top / "one", top / name)
    os.link(top / "link", top / "data" / "link", follow_symlinks=False)
    (top / os.fsdecode(b"no\xff\nutf8 {{ x }}")).write_text("name")
    # Times last, directories after what is in them.
    for number, path in enumerate(sorted(top.rglob("*"), reverse=True)):
        os.utime(path, ns=(10**18 + number, 10**18 + 7 * number + 1), follow_symlinks=False)
    os.chown(top, 33, 33)
    os.utime(top, ns=(10**18, 10**18 + 5))


@contextlib.contextmanager
def in_directory(path: Path) -> t.Iterator[None]:
    before = os.open(".", os.O_RDONLY)
    try:
        os.chdir(path)
        yield
    finally:
        os.fchdir(before)
        os.close(before)


def seen() -> dict[str, tuple[t.Any, ...]]:
    """Everything below the working directory as this process sees it, sockets left out."""
    found = {}
    names: dict[tuple[int, int], str] = {}
    for directory, inner, files in os.walk("."):
        inner.sort()
        for path in sorted([directory, *(f"{directory}/{name}" for name in (*inner, *files))]):
            status = os.lstat(path)
            if stat.S_ISSOCK(status.st_mode):
                continue
            attributes = {
                name: os.getxattr(path, name, follow_symlinks=False)
                for name in os.listxattr(path, follow_symlinks=False)
                if not name.startswith("trusted.")
            }
            content = b""
            if stat.S_ISLNK(status.st_mode):
                content = os.fsencode(os.readlink(path))
            elif stat.S_ISREG(status.st_mode):
                with open(path, "rb") as stream:
                    content = hashlib.sha256(stream.read(6_000_000)).digest()
            first = names.setdefault((status.st_dev, status.st_ino), path)
            size = 0 if stat.S_ISDIR(status.st_mode) else status.st_size
            found[path] = (
                *(oct(status.st_mode), status.st_uid, status.st_gid, status.st_mtime_ns, size, status.st_rdev),
                *(attributes, content, first),
            )
    return found


def seen_in(top: Path, id_map: str | None = None) -> dict[str, tuple[t.Any, ...]]:
    """What root of a user namespace with this map sees below the directory; without a map, what root of the host sees."""
    results, is_mapped, has_namespace = os.pipe(), os.pipe(), os.pipe()
    child = os.fork()
    if not child:
        try:
            os.chdir(top)
            if id_map is not None:
                if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWUSER):
                    os._exit(3)
                os.write(has_namespace[1], b"x")
                os.read(is_mapped[0], 1)
                os.setgid(0)
                os.setuid(0)
            with os.fdopen(results[1], "wb") as stream:
                pickle.dump(seen(), stream)
            os._exit(0)
        except BaseException as error:  # noqa: BLE001 - it must not go on as a second process of the tests
            os.write(2, repr(error).encode())
            os._exit(4)
    os.close(results[1])
    os.close(has_namespace[1])
    if id_map is not None:
        os.read(has_namespace[0], 1)
        for name in ("uid_map", "gid_map"):
            Path(f"/proc/{child}/{name}").write_text(id_map)
        os.write(is_mapped[1], b"x")
    with os.fdopen(results[0], "rb") as stream:
        content = stream.read()
    for descriptor in (*is_mapped, has_namespace[0]):
        os.close(descriptor)
    assert os.waitpid(child, 0)[1] == 0
    return pickle.loads(content)


def killed_at(call: int, act: t.Callable[[], object]) -> bool:
    """Run ``act`` in a process that is killed (SIGKILL) at this one of its system calls. Return whether it was."""
    return _counted(call, act)[0]


def calls_of(act: t.Callable[[], object]) -> int:
    """How many system calls, as ``killed_at`` counts them, ``act`` makes in a process of its own."""
    killed, calls = _counted(1 << 40, act)
    assert not killed
    return calls


def _counted(call: int, act: t.Callable[[], object]) -> tuple[bool, int]:
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        calls = 0

        def count(name: str, _arguments: t.Any) -> None:
            nonlocal calls
            if name.startswith(("os.", "open", "fcntl.")) and name != "os.kill":
                calls += 1
                if calls > call:
                    os.kill(os.getpid(), signal.SIGKILL)

        try:
            sys.addaudithook(count)
            act()
            os.write(writing, b"%d" % calls)
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        calls_made = stream.read()
    return os.WIFSIGNALED(os.waitpid(child, 0)[1]), int(calls_made or 0)
