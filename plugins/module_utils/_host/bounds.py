# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much is read of an engine, a container, a file or a host, in one place, and the budgets for all of it.

Whoever is audited decides how long an answer or a file is. Past a bound a fact is unread, with the reason, and the
audit goes on with the next one.
"""

from __future__ import annotations

import contextlib
import json
import time
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB

# Files. Those of the kernel and of administrators are far smaller; a larger one is damage or an attack.
FILE_BYTES = 8 * MIB
PASSWD_BYTES = 1 * MIB
# A line of a table of sockets has 150 bytes.
SOCKET_TABLE_BYTES = 32 * MIB
DIRECTORY_ENTRIES = 200_000
PART_BYTES = 64 * KIB
# What a program of the host may say, on each of its two streams. Of a log, only the last lines are asked for.
PROGRAM_OUTPUT_BYTES = 16 * MIB
# How long a program may take that only tells something, and one that changes the host's accounts.
PROGRAM_SECONDS = 60.0
WRITING_PROGRAM_SECONDS = 300.0

# The search for SSH servers in programs: of one program, for one container, and for all of them. Only data counts: the
# holes of a sparse file are skipped, and a file with many names is read once.
PROGRAM_BYTES = 256 * MIB
PROGRAM_PART_BYTES = 1 * MIB
SSH_CONTAINER_BYTES = 512 * MIB
SSH_CONTAINER_SECONDS = 20.0
SSH_SEARCH_BYTES = 4 * GIB
SSH_SEARCH_SECONDS = 90.0

# Subjects that are asked about one by one.
CONTAINERS = 10_000
IMAGES = 10_000

# Tags whose registries are asked, on request: how many, how long for each, and how long for all.
REGISTRY_TAGS = 500
REGISTRY_TAG_SECONDS = 10.0
REGISTRY_SECONDS = 120.0

# Budgets. 1,000 containers cost a few seconds and about 20 MB.
ENGINE_BYTES = 256 * MIB
ENGINE_VALUES = 4_000_000
ENGINE_SECONDS = 240.0
COLLECTOR_BYTES = 6 * GIB
COLLECTOR_SECONDS = 300.0
MODULE_BYTES = 8 * GIB
MODULE_SECONDS = 900.0

# Answers to requests that change something: a container, an image, the events of a moment.
WRITE_ANSWER_BYTES = 4 * MIB

_NUMBER_DIGITS = 40


class Bound(t.NamedTuple):
    """Limits of one answer: bytes of its body, number of JSON values, and depth."""

    bytes: int
    values: int
    depth: int = 64


# What the status line and the headers of an answer may add.
HEADER_BYTES = 64 * KIB
# /_ping, and what an engine says with an error.
SHORT_ANSWER = Bound(16 * KIB, 200)
# /info, /version, /swarm.
ENGINE_ANSWER = Bound(1 * MIB, 50_000)
# What a registry has for a tag: a digest, and a platform for each image of an index.
DISTRIBUTION_ANSWER = Bound(256 * KIB, 5_000)
# One container, image, network or volume.
OBJECT_ANSWER = Bound(4 * MIB, 100_000)
# A list: 1,000 containers take about 3 MB and 80,000 values.
LIST_ANSWER = Bound(32 * MIB, 1_000_000)

_ENGINE_PATHS = frozenset(("/info", "/version", "/swarm"))
_LIST_PATHS = frozenset(
    (
        "/containers/json",
        "/images/json",
        "/networks",
        "/nodes",
        "/secrets",
        "/services",
        "/tasks",
        "/volumes",
    )
)


def bound_of(path: str) -> Bound:
    """Return the limits of the answer to a path of the Engine API, given without version and query."""
    if path == "/_ping":
        return SHORT_ANSWER
    if path in _ENGINE_PATHS:
        return ENGINE_ANSWER
    if path.startswith("/distribution/"):
        return DISTRIBUTION_ANSWER
    return LIST_ANSWER if path in _LIST_PATHS else OBJECT_ANSWER


class TooMuch(Unread):
    """Something exceeds its limit, or a budget is used up. The reason says which."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, "bound")


class Budget:
    """Bytes, JSON values and seconds that reading may take.

    What is spent of a budget is spent of ``whole`` and of the running ``part`` as well. Seconds count while the budget
    runs, so that a module which waits for a restart in between spends none.
    """

    def __init__(
        self,
        what: str = "this module",
        max_bytes: int = MODULE_BYTES,
        max_seconds: float = MODULE_SECONDS,
        max_values: int | None = None,
        whole: Budget | None = None,
    ) -> None:
        self._what = what
        self._max_bytes = max_bytes
        self._max_seconds = max_seconds
        self._max_values = max_values
        self._whole = whole
        self._part: Budget | None = None
        self._seconds = 0.0
        self._runs = 0
        self._since = 0.0
        self.bytes_read = 0
        self.values_read = 0

    def seconds(self) -> float:
        """Return how many seconds the budget has run."""
        return self._seconds + (time.monotonic() - self._since if self._runs else 0.0)

    @contextlib.contextmanager
    def running(self) -> t.Iterator[None]:
        """Count the seconds within the block. Blocks may be nested."""
        with self._whole.running() if self._whole is not None else contextlib.nullcontext():
            if not self._runs:
                self._since = time.monotonic()
            self._runs += 1
            try:
                yield
            finally:
                self._runs -= 1
                if not self._runs:
                    self._seconds += time.monotonic() - self._since

    @contextlib.contextmanager
    def part(
        self, what: str, max_bytes: int = COLLECTOR_BYTES, max_seconds: float = COLLECTOR_SECONDS
    ) -> t.Iterator[None]:
        """Limit everything that is read within the block by an additional budget. A part within a part is spent instead of
        the outer one."""
        before = self._part
        self._part = Budget(what, max_bytes, max_seconds)
        try:
            outer = before._paused() if before is not None else contextlib.nullcontext()
            with outer, self.running(), self._part.running():
                yield
        finally:
            self._part = before

    @contextlib.contextmanager
    def _paused(self) -> t.Iterator[None]:
        self._seconds, runs, self._runs = self.seconds(), self._runs, 0
        try:
            yield
        finally:
            self._runs, self._since = runs, time.monotonic()

    def part_is_used_up(self) -> bool:
        """Return whether the running part has nothing left, so that another part could read what this one did not."""
        try:
            if self._part is not None:
                self._part.check()
        except TooMuch:
            return True
        return False

    def check(self) -> None:
        """Raise TooMuch if the budget, its part or its whole is used up."""
        self.spend(0)

    def spend(self, size: int, values: int = 0) -> None:
        """Count bytes that were read. Raise TooMuch if they exceed what is left."""
        now = time.monotonic()
        fault: str | None = None
        budget: Budget | None = self
        while budget is not None:
            for one in (budget,) if budget._part is None else (budget, budget._part):
                own_fault = one._spent(size, values, now)
                fault = fault or own_fault
            budget = budget._whole
        if fault is not None:
            raise TooMuch(f"not read any more: {fault}")

    def _spent(self, size: int, values: int, now: float) -> str | None:
        """Count, and return what is used up. A container costs sixty of these calls."""
        self.bytes_read += size
        self.values_read += values
        if self.bytes_read > self._max_bytes:
            return f"{self._what} had read its {size_text(self._max_bytes)}"
        if self._max_values is not None and self.values_read > self._max_values:
            return f"{self._what} had read its {self._max_values} JSON values"
        if self._seconds + (now - self._since if self._runs else 0.0) >= self._max_seconds:
            return f"{self._what} had used its {self._max_seconds:g} seconds"
        return None

    def seconds_left(self) -> float:
        """Return the seconds until the first budget ends; never less than 0."""
        return max(0.0, min(budget._max_seconds - budget.seconds() for budget in self._chain()))

    def _chain(self) -> list[Budget]:
        chain = []
        budget: Budget | None = self
        while budget is not None:
            chain.append(budget)
            if budget._part is not None:  # it has neither a part nor a whole of its own
                chain.append(budget._part)
            budget = budget._whole
        return chain


def size_text(size: int) -> str:
    """Format a number of bytes in the largest unit that gives a whole number."""
    for unit, name in ((GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB")):
        if size >= unit and size % unit == 0:
            return f"{size // unit} {name}"
    return f"{size} bytes"


# Keeps what decides about structure, with both kinds of brackets as one.
_STRUCTURE = bytes.maketrans(b"{}", b"[]")
_OTHER_BYTES = bytes(byte for byte in range(256) if byte not in b'"[]{},')


def parse_json(content: bytes, bound: Bound, what: str, budget: Budget | None = None) -> t.Any:
    """Parse JSON whose values were counted before the first one is built.

    Raises TooMuch past the bound, and ValueError for what is not JSON.
    """
    if len(content) > bound.bytes:
        raise TooMuch(f"{what} is larger than {size_text(bound.bytes)}")
    values = count_values(content, bound, what)
    if budget is not None:
        budget.spend(0, values)
    try:
        # As UTF-8 in any case: in UTF-16, which the library would detect, the count above sees other characters.
        return _DECODER.decode(content.decode("utf-8", "surrogatepass"))
    except TooMuch as fault:
        raise TooMuch(f"{what} cannot be read: {fault.reason}") from None
    except RecursionError:
        raise TooMuch(f"{what} is nested too deep") from None


def count_values(content: bytes, bound: Bound, what: str) -> int:
    """At least as many as the values in a JSON text, strings left out. Raises TooMuch and ValueError as parse_json.

    Works on the bytes alone, by functions that cost less than parsing: 250 MB of [] would become 6.5 GB of lists.
    """
    # In JSON a backslash stands only in a string, so every run of them begins with an escape.
    marks = content
    if b"\\" in marks:
        marks = marks.replace(b"\\\\", b"").replace(b'\\"', b"")
    marks = marks.translate(_STRUCTURE, _OTHER_BYTES)
    quotes = marks.count(b'"')
    # Before the split below makes a list of as many parts.
    if quotes > 4 * bound.values:
        raise TooMuch(f"{what} has more than {bound.values} JSON values")
    if quotes:
        marks = b"".join(marks.split(b'"')[::2])
    brackets = marks.translate(None, b",")
    opened = brackets.count(b"[")
    if 2 * opened != len(brackets):
        raise ValueError("brackets do not match")
    values = len(marks) - len(brackets) + opened + 1
    if values > bound.values:
        raise TooMuch(f"{what} has more than {bound.values} JSON values")
    for _level in range(bound.depth):
        if not brackets:
            return values
        # Takes away the innermost pairs, one level at a time.
        brackets = brackets.replace(b"[]", b"")
    if brackets:
        raise TooMuch(f"{what} is nested deeper than {bound.depth} levels")
    return values


def _integer(text: str) -> int:
    # Reading a number takes time by the square of its digits.
    if len(text) > _NUMBER_DIGITS:
        raise TooMuch(f"a number has {len(text)} digits")
    return int(text)


_DECODER = json.JSONDecoder(parse_int=_integer)
