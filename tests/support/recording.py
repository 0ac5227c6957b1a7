# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings of real hosts: every question that the collectors asked, with its answer.

A recording is one JSON object: ``{"about": {...}, "location": {...}, "host": {question: answer},
"engine": {question: answer}}``. A question is the JSON list ``[method, argument, ...]``.
"""

from __future__ import annotations

import base64
import json
import re
import typing as t
from pathlib import Path

from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._daemon.location import Location
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import Engine, EngineError
from ansible_collections.seawall.docker.plugins.module_utils._host import model, reading
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread

# Methods of Host that ask the operating system, and how an answer is built from JSON again.
_REBUILD: dict[str, t.Callable[[t.Any], t.Any]] = {
    "effective_uid": int,
    "environment": lambda value: value,
    "read_bytes": base64.b64decode,
    "read_below": base64.b64decode,
    "list_below": list,
    "stat": lambda value: model.FileStatus(*value),
    "holds_text": bool,
    "socket_protocol": str,
    "listening_port": lambda value: value,
    "shares_open_files": bool,
    "access_list": base64.b64decode,
    "block_device_number": lambda value: value,
    "entries_on_the_way": list,
    "links_changed_at": float,
    "list_directory": list,
    "read_link": str,
    "real_path": str,
    "free_bytes": int,
    "cannot_change": lambda value: value,
    "clock_ticks": int,
    "clocks": lambda value: model.Clocks(*value),
    "page_size": int,
    "run": lambda value: model.CommandResult(*value),
    "program": lambda value: value,
    "distrust": lambda value: value,
    "has_program": bool,
    "account": lambda value: None if value is None else model.Account(*value),
    "accounts": lambda value: [model.Account(*entry) for entry in value],
    "group": lambda value: None if value is None else model.Group(*value),
    "groups": lambda value: [model.Group(*entry) for entry in value],
}


# What collectors ask only since the hosts were recorded: the engine's record of what a container was started with.
_ASKED_SINCE = re.compile(r'\["read_link", "/proc/[0-9]+/cwd"\]')
# Also their threads, of which their containers had one each.
_THREADS = re.compile(r'\["list_directory", "/proc/([0-9]+)/task"\]')


def _question(method: str, arguments: tuple[t.Any, ...]) -> str:
    return json.dumps([method, *arguments])


class _RecordedHost(reading.Host):
    """A host whose methods go through ``_ask``."""

    def _ask(self, method: str, *arguments: t.Any) -> t.Any:
        raise NotImplementedError


def _via_ask(method: str) -> t.Callable[..., t.Any]:
    def call(self: _RecordedHost, *arguments: t.Any, **options: t.Any) -> t.Any:
        # How much may be read is the caller's business, not part of the question.
        if method in ("read_bytes", "list_directory", "read_below", "list_below"):
            arguments = arguments[: 2 if method.endswith("_below") else 1]
            options.pop("max_bytes", None)
        if method == "holds_text":
            arguments = arguments[:2]
        return self._ask(method, *arguments, *options.values())

    return call


for _method in _REBUILD:
    setattr(_RecordedHost, _method, _via_ask(_method))


class RecordingHost(_RecordedHost):
    """A real host that writes down what it is asked."""

    def __init__(self, real: reading.Host, answers: dict[str, t.Any]) -> None:
        self._real = real
        self._answers = answers

    def _ask(self, method: str, *arguments: t.Any) -> t.Any:
        question = _question(method, arguments)
        try:
            answer = getattr(reading.Host, method)(self._real, *arguments)
        except Unread as gap:
            self._answers[question] = {"unread": gap.reason, "kind": gap.kind}
            raise
        stored = base64.b64encode(answer).decode() if isinstance(answer, bytes) else answer
        self._answers[question] = {"answer": stored}
        return answer


class ReplayHost(_RecordedHost):
    """A recorded host. A question that was never asked is a mistake of the test and is said so."""

    def __init__(self, answers: dict[str, t.Any]) -> None:
        self._answers = answers

    def _ask(self, method: str, *arguments: t.Any) -> t.Any:
        question = _question(method, arguments)
        if method == "cannot_change" and question not in self._answers:
            return None  # asked only since the hosts were recorded, and their files could be changed
        if method == "links_changed_at" and question not in self._answers:
            return 0.0  # the same: no link of theirs is younger than their engine
        threads = _THREADS.fullmatch(question)
        if question not in self._answers and threads:
            return [threads.group(1)]
        if question not in self._answers and _ASKED_SINCE.fullmatch(question):
            raise Unread(f"{question} was not recorded")
        if question not in self._answers:
            raise AssertionError(f"the recording has no answer to {question}; record the host again")
        entry = self._answers[question]
        if "unread" in entry:
            raise Unread(entry["unread"], entry["kind"])
        return _REBUILD[method](entry["answer"])


class RecordingEngine(Engine):
    """A real engine that writes down what it is asked."""

    def __init__(self, real: Engine, answers: dict[str, t.Any]) -> None:
        self._real = real
        self._answers = answers
        self.address = real.address
        self.api_version = real.api_version

    def get(self, path: str, **query: t.Any) -> t.Any:
        question = _question(path, (query,) if query else ())
        try:
            answer = self._real.get(path, **query)
        except EngineError as error:
            self._answers[question] = {"unread": error.reason, "kind": error.kind}
            raise
        self._answers[question] = {"answer": answer}
        return answer

    def peer_pid(self) -> int | None:
        answer = self._real.peer_pid()
        self._answers[_question("peer_pid", ())] = {"answer": answer}
        return answer


class ReplayEngine(Engine):
    """A recorded engine."""

    def __init__(self, answers: dict[str, t.Any], address: str = "unix:///var/run/docker.sock") -> None:
        self._answers = answers
        self.address = address
        self.calls = 0

    def get(self, path: str, **query: t.Any) -> t.Any:
        self.calls += 1
        question = _question(path, (query,) if query else ())
        if question not in self._answers:
            raise AssertionError(f"the recording has no answer to {question}; record the host again")
        entry = self._answers[question]
        if "unread" in entry:
            raise EngineError(entry["unread"], entry["kind"])
        # A copy: collectors must not be able to spoil the next test.
        return json.loads(json.dumps(entry["answer"]))

    def peer_pid(self) -> int | None:
        return self._answers.get(_question("peer_pid", ()), {"answer": None})["answer"]


def replay_context(path: Path) -> Context:
    """The context of a recorded host."""
    recording = json.loads(path.read_text(encoding="utf-8"))
    return context_of(recording)


def context_of(recording: dict[str, t.Any]) -> Context:
    """The context of a recording that is already read, so that a test can change an answer first."""
    location = Location(**recording["location"])
    engine = ReplayEngine(recording["engine"], location.address or "") if recording["engine"] is not None else None
    return Context(
        ReplayHost(recording["host"]), location, engine, recording.get("engine_fault", ""), recording["owner"]
    )
