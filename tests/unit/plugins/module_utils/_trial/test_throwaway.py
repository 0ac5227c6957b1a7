# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a killed run left is removed by its record, and nothing else is."""

from __future__ import annotations

import json
import os
import subprocess
import typing as t
from pathlib import Path

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon import config_records
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import EngineError
from ansible_collections.seawall.docker.plugins.module_utils._trial import image as trial_image
from ansible_collections.seawall.docker.plugins.module_utils._trial.image import own_program
from ansible_collections.seawall.docker.plugins.module_utils._trial.throwaway import (
    containers_left_behind,
    identity_of,
    remove_own,
    sweep,
)
from ansible_collections.seawall.docker.plugins.module_utils._trial.throwaway_record import (
    CONTAINER,
    DIRECTORY,
    IMAGE,
    NETWORK,
    Made,
    Record,
    left_behind,
    new_name,
)

ENGINE = "unix:///run/docker.sock"
ID, OTHER = "a" * 64, "b" * 64
NAME, REFERENCE = "seawall-proof-0123456789ab", "seawall-proof:0123456789ab"


class Answers:
    """An engine that has these objects, by path, and writes down what is deleted."""

    def __init__(self, **has: t.Any) -> None:
        self.has = {key.replace("__", "/"): value for key, value in has.items()}
        self.deleted: list[tuple[str, t.Any]] = []
        self.refuses = False

    def call(self, method: str, path: str, query: t.Any = None, body: t.Any = None, seconds: float = 0) -> t.Any:
        name = path.split("/", 2)[2].replace("%3A", ":")
        if method == "GET" and name.endswith("/json"):
            name = name[: -len("/json")]
        found = next(
            (one for one in self.has.values() if name in (one["Id"], one.get("Name", "/")[1:], one.get("Ref"))), None
        )
        if found is None:
            raise EngineError("none", "absent")
        if method == "GET":
            return found
        if self.refuses:
            raise EngineError("conflict: in use", "failed")
        self.deleted.append((found["Id"], query))
        return None


def container(identifier: str = ID, name: str = NAME, image: str = REFERENCE) -> dict[str, t.Any]:
    return {"Id": identifier, "Name": f"/{name}", "Config": {"Image": image}}


@pytest.fixture(autouse=True)
def notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "records"
    path.mkdir(mode=0o700)
    monkeypatch.setattr(config_records, "DIRECTORY", str(path))
    return path


def killed(*made: Made, engine: str = ENGINE) -> Path:
    """The record of a run that is no longer there."""
    record = Record(engine)
    for one in made:
        record.add(one)
    path = Path(record._path)
    document = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**document, "process": "4194999/1"}), encoding="utf-8")
    return path


@pytest.mark.parametrize("identifier", [ID, None])
def test_what_agrees_with_its_record_is_removed_and_told(identifier: str | None) -> None:
    record = killed(Made(CONTAINER, NAME, identifier, REFERENCE))
    engine = Answers(c=container())
    assert sweep(engine, ENGINE) == ([f"container {NAME}"], [])  # type: ignore[arg-type]
    assert engine.deleted == [(ID, {"force": 1, "v": 1})] and not record.exists()


@pytest.mark.parametrize(
    ("made", "there", "said"),
    [
        (Made(CONTAINER, NAME, ID, REFERENCE), container(name="prod-db"), "has another name"),
        (Made(CONTAINER, NAME, ID, REFERENCE), container(image="postgres:16"), "was made from another image"),
        (Made(CONTAINER, NAME, None, REFERENCE), container(image="postgres:16"), "was made from another image"),
        (Made(IMAGE, REFERENCE, f"sha256:{OTHER}"), {"Id": f"sha256:{ID}", "Ref": REFERENCE}, "another image"),
        (Made(NETWORK, NAME, ID), {"Id": ID, "Name": "prod-net"}, "another network"),
    ],
)
def test_what_does_not_agree_is_left_and_told_once(made: Made, there: dict[str, t.Any], said: str) -> None:
    record = killed(made)
    engine = Answers(c=there)
    swept, left = sweep(engine, ENGINE)  # type: ignore[arg-type]
    assert swept == [] and engine.deleted == [] and said in left[0] and not record.exists()


@pytest.mark.parametrize(
    ("made", "there", "found"),
    [
        (Made(CONTAINER, NAME, ID, REFERENCE), container(), {ID}),
        (Made(CONTAINER, NAME, None, REFERENCE), container(), {ID}),
        (Made(CONTAINER, NAME, OTHER, REFERENCE), container(), set()),
        (Made(CONTAINER, NAME, None, REFERENCE), container(image="postgres:16"), set()),
        (Made(NETWORK, NAME, ID), container(), set()),
    ],
)
def test_containers_of_killed_runs_are_known_and_stay(made: Made, there: dict[str, t.Any], found: set[str]) -> None:
    record = killed(made)
    engine = Answers(c=there)
    assert containers_left_behind(engine, ENGINE) == found  # type: ignore[arg-type]
    assert engine.deleted == [] and record.exists()


@pytest.mark.parametrize("identifier", [ID, None])
def test_a_network_of_a_killed_run_is_removed_after_its_containers(identifier: str | None) -> None:
    network = NAME.replace("proof", "canary")
    record = killed(Made(NETWORK, network, identifier), Made(CONTAINER, NAME, OTHER, REFERENCE))
    engine = Answers(c=container(OTHER), n={"Id": ID, "Name": network, "Ref": network})
    assert sweep(engine, ENGINE) == ([f"container {NAME}", f"network {network}"], [])  # type: ignore[arg-type]
    assert [deleted for deleted, _query in engine.deleted] == [OTHER, ID] and not record.exists()


def test_an_image_is_never_forced_and_waits_while_it_is_used() -> None:
    record = killed(Made(IMAGE, REFERENCE))
    engine = Answers(i={"Id": f"sha256:{ID}", "Ref": REFERENCE})
    engine.refuses = True
    swept, left = sweep(engine, ENGINE)  # type: ignore[arg-type]
    assert swept == [] and "in use" in left[0] and record.exists()
    path = json.loads(record.read_text(encoding="utf-8"))
    record.write_text(json.dumps({**path, "process": None}), encoding="utf-8")
    engine.refuses = False
    assert sweep(engine, ENGINE)[0] == [f"image {REFERENCE}"] and engine.deleted[0][1] is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.chmod(0o666),
        lambda path: path.chmod(0o620),
        lambda path: os.chown(path, 1500, 0),
        lambda path: path.parent.chmod(0o777),
        lambda path: os.chown(path.parent, 1500, 0),
        lambda path: os.link(path, path.parent.parent / "second"),
        lambda path: (path.rename(path.parent.parent / "elsewhere"), path.symlink_to(path.parent.parent / "elsewhere")),
        lambda path: (path.unlink(), os.mkfifo(path)),
        lambda path: path.write_text("[]", encoding="utf-8"),
        lambda path: path.write_text("[" * 60000, encoding="utf-8"),
        lambda path: path.write_text('{"engine": "/run/docker.sock", "made": {"a": 1}}', encoding="utf-8"),
    ],
)
def test_what_others_can_write_is_no_record(spoil: t.Callable[[Path], None]) -> None:
    if os.geteuid() != 0:
        pytest.skip("needs root")
    spoil(killed(Made(CONTAINER, NAME, ID, REFERENCE)))
    engine = Answers(c=container())
    assert sweep(engine, ENGINE) == ([], []) and engine.deleted == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "made",
    [
        Made(CONTAINER, "prod-db", ID, REFERENCE),
        Made(CONTAINER, NAME, None, None),
        Made(CONTAINER, NAME, ID[:12], REFERENCE),
        Made(CONTAINER, f"{NAME}/../../images/x", ID, REFERENCE),
        Made(IMAGE, "postgres:16"),
        Made(IMAGE, REFERENCE, ID),
        Made(DIRECTORY, "/etc", "1:2"),
        Made(DIRECTORY, f"/run/../etc/{NAME}", "1:2"),
        Made(NETWORK, "bridge", ID),
        Made(NETWORK, NAME, ID[:12]),
        Made("volume", NAME, None),
    ],
)
def test_a_name_that_no_run_gives_is_never_looked_for(made: Made) -> None:
    killed(made)
    assert [record.made for record in left_behind(ENGINE)] == [[]]


def test_a_run_that_lives_and_one_of_another_engine_keep_what_is_theirs() -> None:
    Record(ENGINE).add(Made(CONTAINER, NAME, ID, REFERENCE))
    other = killed(Made(CONTAINER, NAME, ID, REFERENCE), engine="unix:///run/other.sock")
    engine = Answers(c=container())
    assert sweep(engine, ENGINE) == ([], []) and other.exists()  # type: ignore[arg-type]


def test_directories_are_removed_only_if_they_are_the_same(tmp_path: Path) -> None:
    paths = [tmp_path / f"seawall-proof-{number}23456789abc" for number in range(4)]
    for path in paths:
        path.mkdir()
        (path / "file").write_text("x", encoding="utf-8")
    # One that was made, one of another inode, one whose inode was not known yet and one that is empty.
    (paths[3] / "file").unlink()
    killed(
        Made(DIRECTORY, str(paths[0]), identity_of(paths[0].lstat())),
        Made(DIRECTORY, str(paths[1]), "1:1"),
        Made(DIRECTORY, str(paths[2])),
        Made(DIRECTORY, str(paths[3])),
    )
    swept, left = sweep(Answers(), ENGINE)  # type: ignore[arg-type]
    assert [path.exists() for path in paths] == [False, True, True, False]
    assert len(swept) == 2 and len(left) == 2 and "another directory" in left[0]


def test_a_run_removes_what_it_made_and_keeps_a_record_of_the_rest(notes: Path) -> None:
    record = Record(ENGINE)
    engine = Answers(c=container(name="renamed"), d=container(OTHER, NAME, "postgres:16"))
    record.add(Made(CONTAINER, NAME, None, REFERENCE))
    # The answer to the creation was lost, and somebody else has the name.
    remove_own(engine, record, NAME)  # type: ignore[arg-type]
    assert engine.deleted == [] and list(notes.iterdir()) == []
    record.add(Made(CONTAINER, NAME, ID, REFERENCE))
    engine.refuses = True
    remove_own(engine, record, NAME)  # type: ignore[arg-type]
    assert len(list(notes.iterdir())) == 1
    engine.refuses = False
    remove_own(engine, record, NAME)  # type: ignore[arg-type]
    assert engine.deleted == [(ID, {"force": 1, "v": 1})] and list(notes.iterdir()) == []


def test_a_record_is_private_and_written_before_anything_is_made(notes: Path) -> None:
    record = Record(ENGINE)
    assert list(notes.iterdir()) == []
    record.add(Made(IMAGE, new_name("canary", ":")))
    (path,) = notes.iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    # Names of 96 random bits: nobody else comes upon one.
    assert len({new_name("proof") for _number in range(100)}) == 100
    assert len(new_name("proof").rpartition("-")[2]) == 24


def test_the_program_of_the_collection_sleeps_and_ends_well(tmp_path: Path) -> None:
    program = own_program(os.uname().machine)
    if program is None:
        pytest.skip("no program for this machine")
    path = tmp_path / "canary"
    path.write_bytes(program.files["/canary"])
    path.chmod(0o755)
    done = subprocess.run(
        ["sh", "-c", "date +%s%N; ./canary && date +%s%N"], cwd=tmp_path, capture_output=True, check=True
    )
    begin, end = (int(word) for word in done.stdout.split())
    assert 0.9e9 < end - begin < 30e9 and trial_image.interpreter_of(program.files["/canary"]) == ""
    assert own_program("mips") is None and len(own_program("aarch64").files["/canary"]) == 168  # type: ignore[union-attr]


def test_a_directory_that_is_nested_too_deep_to_be_removed_is_told_and_stops_nothing(tmp_path: Path) -> None:
    name = tmp_path / f"seawall-proof-{'c' * 24}"
    name.mkdir()
    killed(Made(DIRECTORY, str(name), identity_of(os.lstat(name))))
    here = os.open(name, os.O_RDONLY)
    for _level in range(3000):
        os.mkdir("d", dir_fd=here)
        inner = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)
    try:
        swept, left = sweep(Answers(), ENGINE)  # type: ignore[arg-type]
        assert len(swept) + len(left) == 1
    finally:
        subprocess.run(["rm", "-rf", str(name)], check=True)
