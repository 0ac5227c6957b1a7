# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The smallest image that runs: one program of the host, with the libraries that it loads, and nothing else.

No registry is asked, so that the image is there on every host.
"""

from __future__ import annotations

import io
import os
import re
import struct
import tarfile
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

_SECONDS = "1"
# Programs that are static on many hosts, with a command that ends well; those that sleep let their process be seen.
# It looks at the name it was started by, so that must be its own.
_STATIC = (
    ("busybox", ["/busybox", "sleep", _SECONDS]),
    ("/usr/lib/busybox/busybox-static", ["/busybox", "sleep", _SECONDS]),
    ("/bin/busybox.static", ["/busybox", "sleep", _SECONDS]),
)
_STATIC_BUT_QUICK = (
    ("docker-init", ["/canary", "--version"]),
    ("/usr/libexec/docker/docker-init", ["/canary", "--version"]),
    ("tini-static", ["/canary", "--version"]),
)
# By machine: its number in ELF, and the code, which ends 32 bytes after it began, where the time to sleep stands.
_OWN_PROGRAMS = {
    # mov eax, 35; lea rdi, [rip+20]; xor esi, esi; syscall; mov eax, 231; xor edi, edi; syscall
    "x86_64": (62, "b823000000488d3d1400000031f60f05b8e700000031ff0f0500000000000000"),
    # adr x0, #32; mov x1, #0; mov x8, #101; svc #0; mov x0, #0; mov x8, #94; svc #0; nop
    "aarch64": (183, "00010010010080d2a80c80d2010000d4000080d2c80b80d2010000d41f2003d5"),
}
_MAX_PROGRAM_BYTES = 24 * 1024 * 1024
_MAX_LIBRARIES = 12
_PT_LOAD, _PT_INTERP = 1, 3
_LISTED = re.compile(r"(?:=>\s*)?(/\S+)\s+\(0x[0-9a-f]+\)")


class Program(t.NamedTuple):
    """``files`` by their path in the image, ``command`` to run, and where the program comes ``origin``-ally from."""

    origin: str
    files: t.Dict[str, bytes]
    command: t.List[str]

    def archive(self) -> bytes:
        """The image's only layer, as a tar archive."""
        stream = io.BytesIO()
        with tarfile.open(fileobj=stream, mode="w") as archive:
            directories = {"dev", "proc", "sys", "etc"}
            for path in self.files:
                parts = path.strip("/").split("/")[:-1]
                directories |= {"/".join(parts[: depth + 1]) for depth in range(len(parts))}
            for name in sorted(directories):
                directory = tarfile.TarInfo(name)
                directory.type, directory.mode = tarfile.DIRTYPE, 0o755
                archive.addfile(directory)
            for path, content in self.files.items():
                entry = tarfile.TarInfo(path.strip("/"))
                entry.size, entry.mode = len(content), 0o755
                archive.addfile(entry, io.BytesIO(content))
        return stream.getvalue()


class Shell(t.NamedTuple):
    """A shell with the tools that were asked for: ``words`` start it, ``tools`` go before the names of the others."""

    origin: str
    program: t.Optional[Program]
    words: t.List[str]
    tools: str


def find_shell(host: Host, *tools: str) -> Shell | None:
    """A shell of this host for an image, with those tools (``rm``, ``sleep``), or None."""
    for name, words in ((name, command[:1]) for name, command in _STATIC):
        found = _static(host, ((name, words),))
        if found is not None:
            return Shell(found.origin, found, [*words, "sh"], f"{words[0]} ")
    linked = _with_libraries(host, "sh", *tools)
    return None if linked is None else Shell(linked.origin, linked, ["/sh"], "/")


def find_program(host: Host, seconds: int = int(_SECONDS)) -> Program | None:
    """The best program for an image, or None: one that sleeps for so many seconds, or one that ends at once."""
    return find_sleeper(host, seconds) or _static(host, _STATIC_BUT_QUICK)


def find_sleeper(host: Host, seconds: int) -> Program | None:
    """A program for an image whose container runs for so many seconds, or None: of this host, or the collection's own."""
    machine = os.uname().machine
    found = _static(host, _STATIC) or _with_libraries(host, "sleep") or own_program(machine, seconds)
    if found is None or found.command[-1] != _SECONDS:
        return found
    return found._replace(command=[*found.command[:-1], str(seconds)])


def own_program(machine: str, seconds: int = int(_SECONDS)) -> Program | None:
    """A static program of a few instructions: sleep (nanosleep), end well (exit_group)."""
    if machine not in _OWN_PROGRAMS:
        return None
    number, code = _OWN_PROGRAMS[machine]
    # Seconds and nanoseconds.
    body = bytes.fromhex(code) + struct.pack("<QQ", seconds, 0)
    start, header = 0x400000, 64 + 56
    size = header + len(body)
    identity = b"\x7fELF" + bytes((2, 1, 1)) + bytes(9)
    elf = identity + struct.pack("<HHIQQQIHHHHHH", 2, number, 1, start + header, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    # One segment, to be read and executed.
    segment = struct.pack("<IIQQQQQQ", _PT_LOAD, 5, 0, start, start, size, size, 0x10000)
    return Program("a program of seawall.docker", {"/canary": elf + segment + body}, ["/canary"])


def _static(host: Host, candidates: t.Iterable[tuple[str, list[str]]]) -> Program | None:
    for name, command in candidates:
        path = name if name.startswith("/") else host.program(name)
        content = _read(host, path)
        if path is not None and content is not None and interpreter_of(content) == "":
            return Program(path, {command[0]: content}, command)
    return None


def _with_libraries(host: Host, *names: str) -> Program | None:
    """Programs with their loader and what that loads. The loader itself says what: only it knows the host's paths."""
    files: dict[str, bytes] = {}
    libraries: dict[str, None] = {}
    for name in names:
        path = host.program(name)
        content = _read(host, path)
        loader = interpreter_of(content) if content is not None else None
        if path is None or content is None or loader is None:
            return None
        # Programs of many names look at the one by which they are called.
        files[f"/{name}"] = content
        if not loader:
            continue
        try:
            listed = host.run(loader, "--list", path)
        except Unread:
            return None
        if listed.status != 0:
            return None
        libraries.update(dict.fromkeys([loader, *(found.group(1) for found in _LISTED.finditer(listed.output))]))
    for library in libraries:
        read = _read(host, library)
        if read is None:
            return None
        files[library] = read
    if len(files) > len(names) + _MAX_LIBRARIES:
        return None
    return Program(t.cast(str, host.program(names[0])), files, [f"/{names[0]}", _SECONDS])


def _read(host: Host, path: str | None) -> bytes | None:
    if path is None:
        return None
    try:
        return host.read_bytes(path, _MAX_PROGRAM_BYTES)
    except Unread:
        return None


def interpreter_of(content: bytes) -> str | None:
    """The loader that an ELF program asks for, "" for a static one, None for what is no such program."""
    if content[:4] != b"\x7fELF" or len(content) < 64 or content[5] not in (1, 2):
        return None
    order = "<" if content[5] == 1 else ">"
    wide = content[4] == 2
    try:
        (offset,) = struct.unpack_from(order + ("Q" if wide else "I"), content, 32 if wide else 28)
        size, number = struct.unpack_from(order + "HH", content, 54 if wide else 42)
        kinds: dict[int, tuple[int, int]] = {}
        for index in range(number):
            at = offset + size * index
            (kind,) = struct.unpack_from(order + "I", content, at)
            (start,) = struct.unpack_from(order + ("Q" if wide else "I"), content, at + (8 if wide else 4))
            (length,) = struct.unpack_from(order + ("Q" if wide else "I"), content, at + (32 if wide else 16))
            kinds.setdefault(kind, (start, length))
    except struct.error:
        return None
    if _PT_LOAD not in kinds:
        return None
    if _PT_INTERP not in kinds:
        return ""
    start, length = kinds[_PT_INTERP]
    loader = content[start : start + min(length, 4096)].split(b"\0")[0].decode("ascii", "replace")
    return loader if loader.startswith("/") else None
