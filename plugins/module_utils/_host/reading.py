# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that collectors ask the operating system, in one place.

Collectors never open a file or start a process by themselves: they hold a ``Host``. So tests can put a
recording of a real host in its place, and no collector can write.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import os
import stat as stat_module
import time
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host import (
    accounts,
    bounds,
    file_tables,
    foreign_socket,
    trust,
    walk,
    write_forecast,
)
from ansible_collections.seawall.docker.plugins.module_utils._host.bounds import Budget, TooMuch
from ansible_collections.seawall.docker.plugins.module_utils._host.commands import (
    PROGRAM_DIRECTORIES,
    Begun,
    RunCommand,
    find_program,
    run_within,
)
from ansible_collections.seawall.docker.plugins.module_utils._host.model import (
    Account,
    Clocks,
    CommandResult,
    FileStatus,
    Group,
    file_type,
)
from ansible_collections.seawall.docker.plugins.module_utils._host.opening import as_unread, open_regular, opened_below
from ansible_collections.seawall.docker.plugins.module_utils._host.searches import Searches
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

MAX_FILE_BYTES = bounds.FILE_BYTES


def _steps(path: str) -> t.Iterator[walk.Step]:
    """Walk a path. Raises Unread."""
    try:
        yield from walk.steps(path)
    except walk.TooManyLinks as fault:
        raise Unread(fault.reason) from None
    except OSError as error:
        raise as_unread("look at", error.filename or path, error) from None


class Host:
    """The managed host, read-only. Every method raises ``Unread`` where it cannot look."""

    # User, group and groups to go back to, while this acts for another user.
    _own_rights: tuple[int, int, list[int]] | None = None

    # What starts programs whose answers are wanted later. None waits for each.
    _begin: t.Callable[[list[str], str], Begun] | None = None

    def __init__(self, run_command: RunCommand, begin: t.Callable[[list[str], str], Begun] | None = None) -> None:
        self._run_command = run_command
        self._begin = begin

    @functools.cached_property
    def _begun(self) -> dict[tuple[str, ...], Begun]:
        return {}

    @functools.cached_property
    def budget(self) -> Budget:
        """What reading may take in this module, by this host and by the engine's client."""
        return Budget()

    def effective_uid(self) -> int:
        return os.geteuid()

    @property
    def acts_for_another_user(self) -> bool:
        return self._own_rights is not None

    def take_rights_of(self, uid: int) -> None:
        """Go on with the rights of another user, so that nothing is read that this user could not read. Needs root."""
        account = self.account(uid)
        if account is None:
            raise Unread(f"user {uid} has no account on this host, so its rights are not known")
        own = (os.geteuid(), os.getegid(), os.getgroups())
        os.setgroups(os.getgrouplist(account.name, account.gid))
        os.setegid(account.gid)
        os.seteuid(uid)
        self._own_rights = own

    def take_own_rights_back(self) -> None:
        if self._own_rights is None:
            return
        uid, gid, groups = self._own_rights
        os.seteuid(uid)
        os.setegid(gid)
        os.setgroups(groups)
        self._own_rights = None

    def environment(self, name: str) -> str | None:
        """A variable of the auditor's own environment, such as XDG_RUNTIME_DIR."""
        return os.environ.get(name)

    def read_bytes(self, path: str, max_bytes: int = MAX_FILE_BYTES) -> bytes:
        descriptor = open_regular(path)
        try:
            # In small parts: kernels refuse a large read of a file under /proc/sys for want of memory.
            parts = []
            size = 0
            while size <= max_bytes:
                part = os.read(descriptor, bounds.PART_BYTES)
                if not part:
                    break
                parts.append(part)
                size += len(part)
                self.budget.spend(len(part))
        except OSError as error:
            raise as_unread("read", path, error) from None
        finally:
            os.close(descriptor)
        content = b"".join(parts)
        if size > max_bytes:
            raise TooMuch(f"{path} is larger than {max_bytes} bytes and was not read")
        return content

    def read_text(self, path: str, max_bytes: int = MAX_FILE_BYTES) -> str:
        """The file as UTF-8; bytes that are not are replaced, since hostile files must not stop an audit."""
        return self.read_bytes(path, max_bytes).decode("utf-8", "replace")

    def holds_text(self, path: str, texts: list[str], budget: Budget | None = None) -> bool:
        """Whether a file, such as a program, holds one of the texts. ``budget`` is spent besides that of the host, and only
        for what is read now."""
        searches: Searches = self.__dict__.setdefault("_searches", Searches(self.budget))
        return searches.holds(path, texts, budget)

    def stat(self, path: str, follow_links: bool = True) -> FileStatus:
        try:
            status = os.stat(path) if follow_links else os.lstat(path)
        except OSError as error:
            raise as_unread("look at", path, error) from None
        return FileStatus(
            file_type(status.st_mode),
            stat_module.S_IMODE(status.st_mode),
            status.st_uid,
            status.st_gid,
            status.st_size,
            status.st_dev,
            status.st_ino,
            status.st_ctime,
            status.st_nlink,
        )

    def block_device_number(self, path: str) -> str | None:
        """The kernel's number of the block device at a path, such as ``8:0``; None where there is no block device."""
        try:
            status = os.stat(path)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENOTDIR):
                return None
            raise as_unread("look at", path, error) from None
        if not stat_module.S_ISBLK(status.st_mode):
            return None
        return f"{os.major(status.st_rdev)}:{os.minor(status.st_rdev)}"

    def access_list(self, path: str) -> bytes:
        """The POSIX access list of a path as the kernel holds it (links followed); empty where it has none."""
        try:
            return os.getxattr(path, "system.posix_acl_access")
        except OSError as error:
            if error.errno in (errno.ENODATA, errno.EOPNOTSUPP):
                return b""
            raise as_unread("read the access list of", path, error) from None

    def socket_protocol(self, path: str) -> str:
        """The kernel's name of a socket's protocol, such as ``TCP``, by a path in /proc/PID/fd; empty for another file."""
        try:
            return os.getxattr(path, "system.sockprotoname").rstrip(b"\0").decode("ascii", "replace")
        except OSError as error:
            if error.errno in (errno.ENODATA, errno.EOPNOTSUPP):
                return ""
            raise as_unread("look at", path, error) from None

    def listening_port(self, pid: int, descriptor: int, inode: int) -> int | None:
        """The port on which a socket of a process takes connections, in whatever network namespace; None for none.

        Raises Unread, of kind ``absent`` where the socket was closed, and ``unsupported`` where this kernel cannot tell.
        """
        try:
            return foreign_socket.listening_port(pid, descriptor, inode)
        except OSError as error:
            if error.errno in (errno.EBADF, errno.ESTALE, errno.ESRCH):
                raise Unread(f"descriptor {descriptor} of process {pid} was closed", "absent") from None
            if error.errno == errno.ENOSYS:
                raise Unread("this kernel cannot ask a socket of another process", "unsupported") from None
            raise Unread(f"cannot ask descriptor {descriptor} of process {pid}: {error.strerror}") from None

    def shares_open_files(self, first: int, second: int) -> bool:
        """Whether two threads have the same table of open files. Raises Unread."""
        try:
            return file_tables.same_table(first, second)
        except OSError as error:
            raise as_unread("compare the open files of", f"/proc/{first} and /proc/{second}", error) from None

    def exists(self, path: str) -> bool:
        """Whether the path exists. Raises where that cannot be told, so that "no" is always an answer."""
        try:
            self.stat(path)
        except Unread as gap:
            if gap.kind == "absent":
                return False
            raise
        return True

    def list_directory(self, path: str, max_entries: int = bounds.DIRECTORY_ENTRIES) -> list[str]:
        try:
            names = []
            with os.scandir(path) as entries:
                for entry in entries:
                    names.append(entry.name)
                    if len(names) > max_entries:
                        raise TooMuch(f"{path} has more than {max_entries} entries and was not listed")
            return sorted(names)
        except OSError as error:
            raise as_unread("list", path, error) from None

    def read_link(self, path: str) -> str:
        try:
            return os.readlink(path)
        except OSError as error:
            raise as_unread("read", path, error) from None

    def real_path(self, path: str) -> str:
        """The path with every symbolic link resolved, as far as it exists.

        Raises where a part may not be looked at: what lies behind it could be a link to anywhere. os.path.realpath
        takes such a part for no link.
        """
        last = "/"
        for step in _steps(path):
            last = step.resolved
        return last

    def entries_on_the_way(self, path: str) -> list[str]:
        """Every directory entry that the kernel looks up to open a path, links and their targets, without links above
        them; the last one need not exist. Whoever can replace one of them decides what is opened."""
        return [step.path for step in _steps(path) if not step.up]

    def links_changed_at(self, path: str) -> float:
        """When one of the symbolic links that lead to a path was changed last, in seconds since 1970; 0 if there is none. Of a
        path in another process's root only the last entry is looked at."""
        if path.startswith("/proc/"):
            return self.stat(path, False).changed_at
        return max((step.status.st_ctime for step in _steps(path) if step.status and step.is_link), default=0.0)

    def cannot_change(self, path: str, size: int | None = None) -> str | None:
        """Why no file of this size can be written there or, without a size, owner and mode not be set, where that shows."""
        return write_forecast.fault_of_attributes(path) if size is None else write_forecast.fault_of_writing(path, size)

    def free_bytes(self, path: str) -> int:
        """Bytes that are free for unprivileged users on the file system that holds the path."""
        try:
            status = os.statvfs(path)
        except OSError as error:
            raise as_unread("look at", path, error) from None
        return status.f_bavail * status.f_frsize

    def clock_ticks(self) -> int:
        """Kernel clock ticks a second, the unit of process start times."""
        return os.sysconf("SC_CLK_TCK")

    def clocks(self) -> Clocks:
        """The clocks of the kernel, by a system call: a file in /proc may show those of something else."""
        try:
            return Clocks(time.time(), time.clock_gettime(time.CLOCK_BOOTTIME))
        except OSError as error:
            raise Unread(f"the kernel does not say how long it runs: {error.strerror}") from None

    def page_size(self) -> int:
        """Bytes in a page of memory, to which the kernel rounds limits."""
        return os.sysconf("SC_PAGE_SIZE")

    def distrust(self, path: str) -> str | None:
        """Why another user than root, or the one who audits, decides which program lies at the path; None where none
        does."""
        try:
            trust.resolve(path, trust.trusted_users(), program=True)
        except trust.Untrusted as fault:
            return fault.reason
        except OSError as error:
            raise as_unread("look at", path, error) from None
        return None

    def begin(self, program: str, *arguments: str) -> None:
        """Start a program whose answer ``run`` will return: the later it asks, the less it waits."""
        question = (program, *arguments)
        if self._begin is None or self.acts_for_another_user or question in self._begun:
            return
        path, _reason = find_program(program, self.distrust)
        if path is not None:
            with contextlib.suppress(OSError):
                self._begun[question] = self._begin([path, *arguments], program)

    def end_begun(self) -> None:
        """End the programs for which nobody asked."""
        while self._begun:
            self._begun.popitem()[1].end()

    def run(self, program: str, *arguments: str, seconds: float = bounds.PROGRAM_SECONDS) -> CommandResult:
        """Run a program of the host without a shell. A missing program raises ``Unread`` of kind absent.

        Raises Unread for a program that another user can replace, and where the auditor acts for another user. A program
        that has not ended after so many seconds is killed, and raises Unread of kind timeout.
        """
        begun = None if self.acts_for_another_user else self._begun.pop((program, *arguments), None)
        if begun is not None:
            return begun.result(seconds)
        path, reason = find_program(program, self.distrust)
        if path is None:
            raise Unread(reason, "absent" if reason.endswith("is not installed") else "denied")
        if self.acts_for_another_user:
            raise Unread(f"{program} is not run with the rights of another user", "denied")
        return run_within(self._run_command, [path, *arguments], program, seconds)

    def program(self, name: str) -> str | None:
        """Where the program is that ``run`` would run, or None."""
        return find_program(name, self.distrust)[0]

    def has_program(self, name: str) -> bool:
        """Whether the program is installed, also where another user can replace it, so that it is not run."""
        return any(os.path.lexists(f"{directory}/{name}") for directory in PROGRAM_DIRECTORIES)

    def account(self, name_or_uid: str | int) -> Account | None:
        """The account as the host's name service knows it, or None."""
        return accounts.account(name_or_uid)

    def accounts(self) -> list[Account]:
        return accounts.all_accounts()

    def group(self, name_or_gid: str | int) -> Group | None:
        """The group as the host's name service knows it, or None."""
        return accounts.group(name_or_gid)

    def groups(self) -> list[Group]:
        return accounts.all_groups()

    def read_below(self, directory: str, path: str, max_bytes: int = MAX_FILE_BYTES) -> bytes:
        """A regular file below a directory whose content somebody else controls, such as the root of a container.

        No link below the directory is followed, since it could lead to the host's files, and no other file system is
        entered, since its owner could hold the reader. The file is opened only when it is known to be a regular one.
        """
        with opened_below(directory, path, max_bytes) as descriptor:
            return self.read_bytes(f"/proc/self/fd/{descriptor}", max_bytes)

    def list_below(self, directory: str, path: str, max_entries: int = bounds.DIRECTORY_ENTRIES) -> list[str]:
        """The names in a directory below one whose content somebody else controls, found as ``read_below`` finds a file."""
        with opened_below(directory, path, None) as descriptor:
            return self.list_directory(f"/proc/self/fd/{descriptor}", max_entries)
