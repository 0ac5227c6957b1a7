# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing reports. They show an attacker where a host is weak, so no other user may read them or redirect the writing.

Everything is done relative to an open directory, so that no path can be exchanged between check and use.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import itertools
import json
import os
import pwd
import re
import secrets
import stat
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.visible import visible
from ansible_collections.seawall.docker.plugins.plugin_utils import _reading
from ansible_collections.seawall.docker.plugins.plugin_utils._report import subject_rows

DIRECTORY_MODE = 0o700
FILE_MODE = 0o600

OURS = frozenset(
    {
        "audit.json",
        "audit.sarif",
        "defectdojo.json",
        "findings.csv",
        "fixes",
        "hdf",
        "hosts",
        "index.html",
        "junit.xml",
        "ocsf.jsonl",
        "limits",
        "limits-proofs",
        "openvex.json",
        "oscal.json",
        "pages",
        "plans",
        "postures",
        "proofs",
        "runs.json",
        "seawall_docker.prom",
        "summary.md",
        "todo",
        "vex.cdx.json",
    }
)
# Those with a file for each host.
HOST_FOLDERS = ("hosts", "pages", "hdf", "todo")
_TEMPORARY = ".seawall-"
_SAFE_NAME = re.compile(r"[a-z0-9]([a-z0-9._-]{0,98}[a-z0-9_-])?")
# Names that mean a device to Windows, where somebody may unpack an archive of the reports.
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")


class Source(t.NamedTuple):
    """A file that holds exactly a document, and the text in it if that is known."""

    path: str
    text: str | None


class ReportError(Exception):
    """A report could not be written or read. The message is one sentence with the path."""


def host_file_name(host: str) -> str:
    """Return the name of a host's file. It is safe on every file system, and the same in every run.

    An ordinary lower-case name stays as it is. Any other loses what is unsafe and gets a ``~`` and a hash of the
    whole name, so that ``a/b`` and ``a_b``, or ``Web`` and ``web``, never share a file.
    """
    if _SAFE_NAME.fullmatch(host) and not _DEVICE.fullmatch(host):
        return f"{host}.json"
    readable = re.sub(r"[^a-z0-9_-]+", "-", host.lower()).strip("-")[:60] or "host"
    digest = hashlib.sha256(host.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    return f"{readable}~{digest}.json"


def page_name(host: str) -> str:
    """Return the name of a host's own page below the folder of the reports, in a fleet whose hosts have such pages."""
    return f"pages/{host_file_name(host).removesuffix('.json')}.html"


# ASCII only: no name of a container can steer the terminal of somebody who prints the file.
_PLAIN = json.JSONEncoder(ensure_ascii=True, allow_nan=False)
_INDENTED = json.JSONEncoder(ensure_ascii=True, allow_nan=False, indent=2)
# How deep the findings of a host are indented: each row of subjects of a finding is one line.
_LEVELS_OF_HOST = 4
_MANY = 10_000
_SAFE = bytes(range(0x20, 0x7F)) + b"\n"


def as_json(document: t.Any) -> str:
    return _INDENTED.encode(document) + "\n"


def as_json_pieces(document: t.Any) -> t.Iterator[str]:
    """Yield the text of ``as_json`` for a document of many hosts, so that it is never in memory whole."""
    pieces = _INDENTED.iterencode(document)
    while piece := "".join(itertools.islice(pieces, _MANY)):
        yield piece
    yield "\n"


def host_json(document: t.Any) -> str:
    """Return the findings of a host as JSON in which subjects with the same verdict and evidence are a line: two audits can be
    compared line by line, and a host with many containers has few bytes."""
    if document.get("findings_version") == 1:
        document = subject_rows.folded(document)
    return _lines(document, _LEVELS_OF_HOST, "") + "\n"


def _lines(value: t.Any, levels: int, indent: str) -> str:
    if levels and value and isinstance(value, (dict, list)):
        inner = indent + "  "
        if isinstance(value, list):
            parts = [_lines(one, levels - 1, inner) for one in value]
        else:
            parts = [f"{_PLAIN.encode(str(key))}: {_lines(one, levels - 1, inner)}" for key, one in value.items()]
        opening, closing = "[]" if isinstance(value, list) else "{}"
        return f"{opening}\n{inner}" + f",\n{inner}".join(parts) + f"\n{indent}{closing}"
    return _PLAIN.encode(value)


def is_safe_text(text: str) -> bool:
    """Whether a text can be written as it is: printable ASCII in lines, as JSON of ours is."""
    return text.isascii() and not text.encode("ascii").translate(None, _SAFE)


def read_json(path: str) -> t.Any:
    """Return the JSON document in a file. Raise ReportError with one sentence."""
    return read_json_and_text(path)[0]


def read_json_and_text(path: str) -> tuple[t.Any, str]:
    """Return the JSON document in a file, and the text in which it stands. Raise ReportError with one sentence."""
    try:
        text = _reading.text_of(path)
        return _reading.json_in(text), text
    except _reading.Unreadable as problem:
        # The system's words, such as "No such file", continue the sentence.
        reason = re.sub("(?<=cannot be read: ).", lambda letter: letter.group().lower(), str(problem))
        raise ReportError(f"{visible(path)} {visible(reason)}.") from None


def require_own(path: str) -> os.stat_result:
    """Return the status of a regular file that only who runs Ansible, or root, can have written. Raises ReportError."""
    try:
        status = os.stat(path, follow_symlinks=False)
    except OSError as error:
        raise ReportError(f"{visible(path)} cannot be read: {_why(error)}.") from None
    if not stat.S_ISREG(status.st_mode):
        raise ReportError(f"{visible(path)} is not a regular file. Remove it.")
    if status.st_uid not in (os.geteuid(), 0):
        raise ReportError(
            f"{visible(path)} belongs to another user, who may have written any findings."
            " Copy the folder as the user who runs Ansible, if you trust it."
        )
    return status


class Folder:
    """The folder of the reports, held open. Use as a context manager."""

    def __init__(self, path: str) -> None:
        # With a slash at its end, a symbolic link would be followed instead of refused.
        self.path = path.rstrip("/") or path[:1]
        self._descriptors: dict[str, int] = {}

    def __enter__(self) -> Folder:
        try:
            self._descriptors[""] = self._open_top()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_unused: object) -> None:
        # So that the names of the files survive a power cut, too. Once for each folder, since a fleet has many files.
        for descriptor in self._descriptors.values():
            with contextlib.suppress(OSError):
                os.fsync(descriptor)
        self.close()

    def close(self) -> None:
        while self._descriptors:
            os.close(self._descriptors.popitem()[1])

    def write(self, name: str, content: str | t.Iterable[str], lasting: bool = True, moment: int | None = None) -> str:
        """Write ``FILE`` or ``SUBFOLDER/FILE`` whole or not at all, and return its path.

        Content in pieces is written piece by piece, so that it is never in memory as a whole. A file that is not ``lasting`` can be
        made again from another one: it is not brought to the disk before the next file, which would take most of the time of many.
        ``moment`` is when the content was written first, in nanoseconds since 1970, for a copy.
        """
        parent, _slash, base = name.rpartition("/")
        path = os.path.join(self.path, name)
        directory = self._subfolder(parent)
        self._refuse_what_is_no_file(base, directory, path)
        temporary = f"{_TEMPORARY}{secrets.token_hex(8)}.tmp"
        try:
            self._write_new(temporary, directory, content, lasting, moment)
            os.rename(temporary, base, src_dir_fd=directory, dst_dir_fd=directory)
        except BaseException as error:
            with contextlib.suppress(OSError):
                os.unlink(temporary, dir_fd=directory)
            if not isinstance(error, OSError):
                raise
            raise ReportError(f"The report {visible(path)} cannot be written: {_why(error)}.") from None
        return path

    @staticmethod
    def _write_new(
        name: str, directory: int, content: str | t.Iterable[str], lasting: bool, moment: int | None
    ) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(name, flags, FILE_MODE, dir_fd=directory)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, FILE_MODE)  # a strict umask may have taken the owner's bits
            for piece in (content,) if isinstance(content, str) else content:
                file.write(piece.encode("utf-8", "backslashreplace"))
            file.flush()
            if moment is not None:
                os.utime(descriptor, ns=(moment, moment))
            if lasting:
                os.fsync(descriptor)

    @staticmethod
    def _refuse_what_is_no_file(name: str, directory: int, path: str) -> None:
        try:
            status = os.stat(name, dir_fd=directory, follow_symlinks=False)
        except FileNotFoundError:
            return
        except OSError as error:
            raise ReportError(f"The report {visible(path)} cannot be written: {_why(error)}.") from None
        if stat.S_ISLNK(status.st_mode):
            raise ReportError(
                f"The report {visible(path)} is not written, because a symbolic link has its name. Remove the link."
            )
        if not stat.S_ISREG(status.st_mode):
            raise ReportError(
                f"The report {visible(path)} is not written, because something with that name exists and"
                " is not a regular file. Remove it."
            )

    def _open_top(self) -> int:
        if not self.path or "\0" in self.path:
            raise ReportError(
                "The reports cannot be written, because the name of their folder is empty or holds a null character."
            )
        try:
            parent = os.path.dirname(os.path.abspath(self.path))
            os.makedirs(parent, exist_ok=True)
            with contextlib.suppress(FileExistsError):
                os.mkdir(self.path, DIRECTORY_MODE)
            descriptor = self._opened(self.path, None)
        except OSError as error:
            raise ReportError(f"The reports cannot be written to {visible(self.path)}: {_why(error)}.") from None
        return self._made_private(descriptor, self.path)

    def _subfolder(self, name: str) -> int:
        if name not in self._descriptors:
            top, path = self._descriptors[""], os.path.join(self.path, name)
            try:
                with contextlib.suppress(FileExistsError):
                    os.mkdir(name, DIRECTORY_MODE, dir_fd=top)
                descriptor = self._opened(name, top)
            except OSError as error:
                raise ReportError(f"The reports cannot be written to {visible(path)}: {_why(error)}.") from None
            # Only this user can have made it: the folder around it is private.
            self._descriptors[name] = self._made_private(descriptor, path, ours=True)
        return self._descriptors[name]

    @staticmethod
    def _opened(path: str, top: int | None) -> int:
        return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=top)

    @staticmethod
    def _made_private(descriptor: int, path: str, ours: bool = False) -> int:
        shown = visible(path)
        try:
            status = os.fstat(descriptor)
            if status.st_uid != os.geteuid():
                raise ReportError(
                    f"The reports are not written to {shown}, because it belongs to {_user(status.st_uid)}"
                    f" and not to {_user(os.geteuid())}, who runs Ansible. Name a folder of that user."
                )
            if stat.S_IMODE(status.st_mode) != DIRECTORY_MODE:
                foreign = set() if ours else set(os.listdir(descriptor)) - OURS
                if any(not name.startswith(_TEMPORARY) for name in foreign):
                    # It may be a home directory, /tmp or a checkout: to close it would break other things.
                    raise ReportError(
                        f"The reports are not written to {shown}, because other users may enter it and it holds"
                        " more than reports. Name a folder that is only for reports."
                    )
                os.fchmod(descriptor, DIRECTORY_MODE)
        except OSError as error:
            os.close(descriptor)
            raise ReportError(f"The reports cannot be written to {shown}: {_why(error)}.") from None
        except ReportError:
            os.close(descriptor)
            raise
        return descriptor


def _user(uid: int) -> str:
    try:
        return f"{visible(pwd.getpwuid(uid).pw_name)} (uid {uid})"
    except KeyError:
        return f"uid {uid}"


def _why(error: OSError) -> str:
    if error.errno in (errno.ELOOP, errno.ENOTDIR):
        return "it, or a directory above it, is a symbolic link or no directory"
    reason = os.strerror(error.errno) if error.errno else str(error)
    return reason[:1].lower() + reason[1:]
