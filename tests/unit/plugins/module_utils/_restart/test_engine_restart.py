# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Going back, with engines and service managers that do not answer as they should at once."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import types
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon import config_records
from ansible_collections.seawall.docker.plugins.module_utils._daemon.context import Context
from ansible_collections.seawall.docker.plugins.module_utils._daemon.location import Location
from ansible_collections.seawall.docker.plugins.module_utils._engine import facts as engine_facts
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import UnixEngine
from ansible_collections.seawall.docker.plugins.module_utils._host.files import Restore
from ansible_collections.seawall.docker.plugins.module_utils._host.reading import Host
from ansible_collections.seawall.docker.plugins.module_utils._restart import (
    engine_state,
    rollback,
    run,
    starting,
    transaction,
    verify,
)
from ansible_collections.seawall.docker.plugins.module_utils._restart.forecast import Container
from ansible_collections.seawall.docker.plugins.module_utils._restart.model import (
    Failed,
    RestartFailure,
    Settings,
    Snapshot,
    World,
)
from ansible_collections.seawall.docker.plugins.module_utils._restart.service import Service, ServiceFault
from ansible_collections.seawall.docker.plugins.module_utils._trial.canary import Canary
from ansible_collections.seawall.docker.tests.support.fake_engine import PING, json_answer, serving

INFO = b'{"ServerVersion": "26.1.5", "DockerRootDir": "/var/lib/docker", "Driver": "overlay2"}'
# What an engine that starts may say before it makes sense.
NONSENSE = [
    b"garbage\r\n\r\n",
    json_answer(b'{"Server'),
    json_answer(b"[]"),
    json_answer(b'{"message": "starting"}', "503 Service Unavailable"),
    b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nhalf",
]


class Engine(Service):
    """A daemon that is this very process, does not come up with a new file, and makes no sense at first with an old one."""

    manager = "none"

    def __init__(self, complains: str = "") -> None:
        self.complains = complains
        self.did: list[str] = []
        self.nonsense: list[bytes] = []
        self.runs = True

    def pid(self) -> int | None:
        return os.getpid() if self.runs else None

    def failure(self) -> str | None:
        return None if self.runs else "the engine ended"

    def _do(self, word: str, runs: bool) -> None:
        self.did.append(word)
        if word == "start":
            self.nonsense = list(NONSENSE) * 2
        if word != self.complains:
            self.runs = runs
            return
        self.runs = word == "start"
        raise ServiceFault(f"the service manager complains over its {word}")

    def restart(self, seconds: float) -> None:
        raise ServiceFault("it does not start")

    def stop(self, seconds: float) -> None:
        self._do("stop", False)

    def start(self, seconds: float) -> None:
        self._do("start", True)

    def talk(self, connection: socket.socket, target: str) -> None:
        if target == "/_ping":
            connection.sendall(PING)
        elif self.nonsense:
            connection.sendall(self.nonsense.pop(0))
            connection.shutdown(socket.SHUT_RDWR)
        else:
            connection.sendall(json_answer(INFO if target.endswith("/info") else b"[]"))


@pytest.mark.parametrize("complains", ["", "stop", "start"])
def test_an_engine_that_makes_no_sense_while_it_starts_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, complains: str
) -> None:
    monkeypatch.setattr(config_records, "DIRECTORY", str(tmp_path / "notes"))
    monkeypatch.setattr(transaction.time, "sleep", lambda _seconds: None)
    config, backup = tmp_path / "daemon.json", tmp_path / "backup"
    config.write_text("new", encoding="utf-8")
    backup.write_text("old", encoding="utf-8")
    engine = Engine(complains)

    def no_command(words: list[str], **_unused: t.Any) -> tuple[int, str, str]:
        raise AssertionError(words)

    world = World(Host(no_command), engine, str(tmp_path / "socket"))
    settings = Settings("restart", 20, [Restore(str(config), str(backup))])
    with serving(tmp_path / "socket", engine.talk):
        before = engine_state.snapshot(UnixEngine(world.socket, 5))
        with pytest.raises(RestartFailure, match="it does not start.*and the engine runs with them") as failure:
            transaction.carry_out(world, settings, before, str(config))
    assert failure.value.details["rolled_back"] is True and failure.value.details["rollback_error"] is None
    assert engine.did == ["stop", "start"] and not engine.nonsense
    assert config.read_text(encoding="utf-8") == "old"


@pytest.mark.parametrize(
    ("meanwhile", "known"),
    [(None, True), ("other", False), ("removed", False)],
)
def test_the_content_with_which_an_engine_was_restarted_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, meanwhile: str | None, known: bool
) -> None:
    """From then on the times of the file, which any chmod or chattr changes, no longer decide."""
    monkeypatch.setattr(config_records, "DIRECTORY", str(tmp_path / "notes"))
    config = tmp_path / "daemon.json"
    config.write_text("{}", encoding="utf-8")

    class Restarted(Engine):
        def pid(self) -> int | None:
            return os.getpid()

    world = World(Host(lambda words, **_unused: (1, "", "")), Restarted(""), str(tmp_path / "socket"))
    written = starting.content_of(str(config))
    if meanwhile == "removed":
        config.unlink()
    elif meanwhile is not None:
        config.write_text(meanwhile, encoding="utf-8")
    starting.record_restart(world, str(config), written)
    record = config_records.read_record(world.host, str(config), os.getpid())
    assert (record is not None) is known
    if record is not None:
        assert record.content_hash == config_records.fingerprint(b"{}")


def test_what_the_service_manager_said_is_told_where_the_engine_stays_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config_records, "DIRECTORY", str(tmp_path / "notes"))

    class Dead(Engine):
        def start(self, seconds: float) -> None:
            raise ServiceFault("there is no unit")

    world = World(Host(lambda *_words, **_unused: (1, "", "")), Dead(), str(tmp_path / "socket"))
    with pytest.raises(RestartFailure, match="does not come up with them either: there is no unit; the engine ended"):
        transaction.carry_out(world, Settings("restart", 1), None, str(tmp_path / "daemon.json"))


class Hiding(Engine):
    """A daemon that comes back with another data root, and had a container that runs as the process ``inside``."""

    def __init__(self, inside: int, successor: int) -> None:
        super().__init__()
        self.inside = inside
        self.successor = successor
        self.restarted = False

    def pid(self) -> int | None:
        return self.successor if self.restarted else os.getpid()

    def restart(self, seconds: float) -> None:
        self.did.append("restart")
        self.restarted = not self.restarted

    def stop(self, seconds: float) -> None:
        self.did.append("stop")
        self.restarted = False

    def start(self, seconds: float) -> None:
        self.did.append("start")

    def talk(self, connection: socket.socket, target: str) -> None:
        state = {"Status": "running", "Pid": self.inside}
        answers: dict[str, t.Any] = {
            "info": json.loads(INFO),
            "json?all=1": [] if self.restarted else [{"Id": "f" * 64}],
            "json": {"Id": "f" * 64, "Name": "/stubborn", "State": state, "HostConfig": {}},
        }
        name = target.rpartition("/")[2]
        connection.sendall(PING if name == "_ping" else json_answer(json.dumps(answers[name]).encode()))


@pytest.mark.parametrize("ends", [True, False])
def test_no_container_runs_on_without_an_engine_that_knows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ends: bool
) -> None:
    monkeypatch.setattr(config_records, "DIRECTORY", str(tmp_path / "notes"))
    monkeypatch.setattr(engine_state, "SETTLE_SECONDS", 0.2)
    with subprocess.Popen(["sleep", "60"]) as inside, subprocess.Popen(["sleep", "60"]) as successor:
        try:
            engine = Hiding(inside.pid, successor.pid)
            world = World(Host(lambda *_words, **_unused: (1, "", "")), engine, str(tmp_path / "s"))
            settings = Settings("restart", 20, canary="never", hides=True)
            with serving(tmp_path / "s", engine.talk):
                before = engine_state.snapshot(UnixEngine(world.socket, 5))
                assert list(before.processes) == ["stubborn"]
                if ends:
                    inside.kill()
                    inside.wait()
                    transaction.carry_out(world, settings, before, str(tmp_path / "daemon.json"))
                    assert engine.did == ["restart"]
                else:
                    with pytest.raises(RestartFailure, match="does not know them any more: stubborn"):
                        transaction.carry_out(world, settings, before, str(tmp_path / "daemon.json"))
                    assert engine.did[:2] == ["restart", "stop"]
        finally:
            inside.kill()
            successor.kill()


@pytest.mark.parametrize(
    ("canary", "seen", "flights", "said"),
    [
        ("required", [None, None, None], 3, "did not show whom root of the tried container is"),
        ("required", [None, 165536], 2, None),
        ("required", [0], 1, "root of a container is root of the host"),
        ("auto", [None, None, None], 3, None),
    ],
)
def test_a_mapping_is_true_when_the_kernel_shows_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, canary: str, seen: list[int | None], flights: int, said: str | None
) -> None:
    asleep: list[int] = []

    def run_canary(_host: Host, _engine: UnixEngine, _seconds: float, sleeps: int) -> Canary:
        outside = seen[len(asleep)]
        asleep.append(sleeps)
        uid_map = None if outside is None else [{"inside": 0, "outside": outside, "count": 65536}]
        return Canary("passed", "made from a test", None, uid_map)

    monkeypatch.setattr(verify, "run_canary", run_canary)
    mapped = json.dumps({**json.loads(INFO), "SecurityOptions": ["name=userns"]}).encode()

    def talk(connection: socket.socket, target: str) -> None:
        body = mapped if target.endswith("/info") else b"[]"
        connection.sendall(PING if target == "/_ping" else json_answer(body))

    world = World(Host(lambda *_words, **_unused: (1, "", "")), Engine(), str(tmp_path / "s"))
    settings = Settings("restart", 20, expect={"userns": True}, canary=canary)
    with serving(tmp_path / "s", talk):
        engine = UnixEngine(world.socket, 5)
        expected: list[t.Any] = []
        if said is None:
            verify.verify(world, engine, settings, None, expected, {"differences": {}})
        else:
            with pytest.raises(Failed, match=said):
                verify.verify(world, engine, settings, None, expected, {"differences": {}})
    # On a busy host a container can end before it is looked at, so the next one stays longer.
    assert asleep == [1, 5, 20][:flights]


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_required_canary_that_cannot_be_made_is_refused_before_anything_stops(
    monkeypatch: pytest.MonkeyPatch, check_mode: bool
) -> None:
    """The images of others decide over nothing, so there may be no container to try."""
    service = Engine()
    location = Location("running", "unix:///s", "option", True, None, None, None, None, "")
    monkeypatch.setattr(run, "open_own_engine", lambda host, *_unused: Context(host, location, None))
    monkeypatch.setattr(
        run, "local_daemon", lambda _context: types.SimpleNamespace(config_path="/etc/docker/daemon.json")
    )
    monkeypatch.setattr(run, "secrets_of_daemon", lambda *_unused: set())
    monkeypatch.setattr(run, "service_of", lambda *_unused: service)
    monkeypatch.setattr(run, "find_program", lambda _host: None)
    host = Host(lambda *_words, **_unused: (1, "", ""))
    request = run.Request("restart", 20, [], {}, "required", True, False, False, None, check_mode)
    with pytest.raises(
        RestartFailure, match="canary is required, and no container could be tried: this host has no prog"
    ):
        run.run(host, request)
    assert service.did == []


@pytest.mark.parametrize(
    ("after", "gone", "said", "rolled_back"),
    [
        ({}, False, "and the engine runs with them$", True),
        (
            {"userns": True},
            True,
            r"userns was False and is True\. Containers that Docker does not show any more: web",
            False,
        ),
        ({"data_root": "/srv"}, True, r"data_root was '/var/lib/docker' and is '/srv'.*any more: web", False),
        ({"driver": "vfs"}, False, r"driver was 'overlay2' and is 'vfs'\. Compare the arguments of its unit", False),
        (
            {"debug": True},
            False,
            r"runs with them\. Facts of the engine that changed: debug was False and is True$",
            True,
        ),
        ({}, True, r"runs with them\. Containers that Docker does not show any more: web$", True),
    ],
)
def test_what_differs_after_going_back_is_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    after: dict[str, t.Any],
    gone: bool,
    said: str,
    rolled_back: bool,
) -> None:
    """An engine that is started again has the arguments of its unit, and these may be others than those it had."""
    monkeypatch.setattr(config_records, "DIRECTORY", str(tmp_path / "notes"))
    monkeypatch.setattr(transaction.time, "sleep", lambda _seconds: None)
    engine = Engine()
    facts = {name: read({}) for name, read in engine_facts.FACTS.items()}
    facts.update(data_root="/var/lib/docker", driver="overlay2", version="26.1")
    web = Container("id", "web", "exited", "no")
    monkeypatch.setattr(rollback, "wait_for_engine", lambda *_unused: types.SimpleNamespace(close=lambda: None))
    monkeypatch.setattr(rollback, "settled", lambda *_unused: Snapshot({**facts, **after}, [] if gone else [web]))
    world = World(Host(lambda *_words, **_unused: (1, "", "")), engine, str(tmp_path / "socket"))
    failure = rollback.roll_back(
        world,
        Settings("restart", 20),
        Snapshot(facts, [web]),
        {"error": "it does not start", "log": [], "differences": {}, "containers": []},
        str(tmp_path / "daemon.json"),
    )
    assert re.search(said, str(failure)) and failure.details["rolled_back"] is rolled_back
    assert engine.did == ["stop", "start"]


def test_nothing_is_compared_with_an_engine_that_nobody_asked_before() -> None:
    after = Snapshot({}, [Container("id", "web", "running", "always")])
    before = Snapshot({}, [Container("id", "web", "exited", "always")])

    assert engine_state.changes(None, after) == []
    assert [(one.name, one.change) for one in engine_state.changes(before, after)] == [("web", "started")]
    # An engine without containers was asked all the same.
    assert [one.change for one in engine_state.changes(Snapshot({}, []), after)] == ["appeared"]
