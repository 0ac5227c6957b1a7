# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must hold for any bytes whatever: each target takes bytes, and raises where an invariant is broken.

The fuzzer feeds them, the unit tests feed them what it found, and the property tests use the same checks.
"""

from __future__ import annotations

import contextlib
import json
import math
import socket
import typing as t
from unittest import mock

from ansible_collections.seawall.docker.plugins.module_utils._cgroup import limits, tree
from ansible_collections.seawall.docker.plugins.module_utils._daemon import scan
from ansible_collections.seawall.docker.plugins.module_utils._daemon.daemon_json import read_daemon_json
from ansible_collections.seawall.docker.plugins.module_utils._daemon.flags import (
    BadValue,
    parse_flags,
    split_arguments,
    value_of,
)
from ansible_collections.seawall.docker.plugins.module_utils._daemon.value_types import plain
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config.plan import EngineFacts, plan
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config.wanted import Refused, Wanted
from ansible_collections.seawall.docker.plugins.module_utils._engine import client, metered, references, writing
from ansible_collections.seawall.docker.plugins.module_utils._engine.client import EngineError, UnixEngine
from ansible_collections.seawall.docker.plugins.module_utils._host import mounts, secrets
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread
from ansible_collections.seawall.docker.plugins.module_utils._posture import seccomp
from ansible_collections.seawall.docker.plugins.module_utils._posture.auditing import rules
from ansible_collections.seawall.docker.plugins.module_utils._posture.certificate import validities
from ansible_collections.seawall.docker.plugins.module_utils._posture.containers import collect as containers
from ansible_collections.seawall.docker.plugins.module_utils._posture.files import client_configs
from ansible_collections.seawall.docker.plugins.module_utils._posture.images import history
from ansible_collections.seawall.docker.plugins.module_utils._restart import engine_state
from ansible_collections.seawall.docker.plugins.module_utils._restart.forecast import predict
from ansible_collections.seawall.docker.plugins.module_utils._userns import idmap
from ansible_collections.seawall.docker.plugins.module_utils._userns.subid_plan import Known
from ansible_collections.seawall.docker.plugins.module_utils._userns.subid_plan import Refused as IdsRefused
from ansible_collections.seawall.docker.plugins.module_utils._userns.subid_plan import Wanted as IdsWanted
from ansible_collections.seawall.docker.plugins.module_utils._userns.subid_plan import plan as plan_ids
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark import (
    addresses,
    container_values,
    paths,
    values,
)

Version = tuple[int, int] | None
VERSIONS: tuple[Version, ...] = ((20, 10), (26, 1), (28, 5), None)
WANTED: tuple[Wanted, ...] = (
    Wanted({"icc": False}),
    Wanted({"userns-remap": "default", "mtu": 1400}),
    Wanted({"log-opts": {"max-size": "10m"}}, ["debug", "log-opts.max-file"]),
    Wanted(remove=["icc", "labels"]),
    Wanted(list_add={"labels": ["a=b"]}, list_remove={"dns": ["8.8.8.8"]}),
    Wanted({"proxies": {"http-proxy": "http://proxy:3128"}, "live-restore": True}, allow_duplicates=True),
)
PING = b"HTTP/1.1 200 OK\r\nApi-Version: 1.45\r\nContent-Length: 2\r\n\r\nOK"


def daemon_file(data: bytes) -> None:
    """daemon.json is read without an exception, and its JSON is what another reader of JSON makes of it."""
    for version in VERSIONS:
        found = read_daemon_json(data, version)
        assert found.state in ("ok", "empty", "invalid")
        assert (found.state == "invalid") == bool(found.error)
        assert not found.settings or found.state != "empty"
    with contextlib.suppress(UnicodeDecodeError):
        same_as_python(data.decode("utf-8"))


def same_as_python(text: str) -> None:
    """Our scanner and Python's reader agree, but for what Go refuses, or reads otherwise, by design."""
    try:
        ours = plain(scan.scan(text, scan.Places(text)), scan.MAX_DEPTH)
        fault = None
    except scan.JsonFault as raised:
        ours, fault = None, raised
        assert 0 <= raised.offset <= len(text)
    refused = False

    def constant(_name: str) -> None:
        nonlocal refused
        refused = True

    try:
        theirs = json.loads(text, parse_constant=constant)
    except RecursionError:
        return
    except ValueError as error:
        # Python gives up on numbers of thousands of digits, Go does not.
        assert fault is not None or "integer string conversion" in str(error), text
        return
    if fault is not None:
        assert refused or "too large" in fault.reason or "deeper" in fault.reason, (text, fault.reason)
        return
    assert not refused
    assert _equal(ours, theirs), text


def _equal(ours: t.Any, theirs: t.Any) -> bool:
    if isinstance(theirs, dict):
        if not isinstance(ours, dict):
            return False
        # Two keys that differ in Python may be one in Go, so that values are compared by keys that are their own.
        own = {key for key in theirs if _go_text(key) == key and key in ours}
        return {_go_text(key) for key in theirs} == set(ours) and (
            len(own) < len(theirs) or all(_equal(ours[key], theirs[key]) for key in own)
        )
    if isinstance(theirs, list):
        return isinstance(ours, list) and len(ours) == len(theirs) and all(map(_equal, ours, theirs))
    if isinstance(theirs, bool) or theirs is None or isinstance(ours, bool):
        return ours is theirs
    if isinstance(theirs, str):
        return isinstance(ours, str) and ours == _go_text(theirs)
    # Python keeps integers of any length, Go has none beyond the largest of its floating-point numbers.
    return isinstance(ours, (int, float)) and (ours == theirs or math.isclose(ours, float(theirs)))


def _go_text(text: str) -> str:
    """Half a surrogate pair becomes the replacement character in Go."""
    return "".join("\ufffd" if 0xD800 <= ord(letter) < 0xE000 else letter for letter in text)


def daemon_change(data: bytes) -> None:
    """A change of daemon.json is refused, or the engine starts with the result and a second run changes nothing."""
    if len(data) < 2:
        return
    version = VERSIONS[data[0] % len(VERSIONS)]
    wanted = WANTED[data[1] % len(WANTED)]
    change(data[2:], wanted, version)


def change(before: bytes, wanted: Wanted, version: Version) -> bytes | None:
    """Plan the change with all that must hold of a plan; the new content, or None where it was refused."""
    facts = EngineFacts(version, parse_flags([], version), lambda _position: None, "/etc/docker/daemon.json")
    try:
        done = plan(before, wanted, facts)
    except Refused as refused:
        assert refused.reasons and all(refused.reasons)
        return None
    if not done.changed:
        assert done.needs == "none" and done.changed_keys == [] and done.after == before
        return done.after
    after = done.after or b""
    result = read_daemon_json(after, version)
    assert result.state == "ok", (after, result.error)
    old = {member.key: member.value for member in read_daemon_json(before, version).members}
    new = {member.key: member.value for member in result.members}
    meant = {*wanted.options, *wanted.list_add, *wanted.list_remove, *(one.split(".")[0] for one in wanted.remove)}
    for key in {*old, *new} - meant:
        assert plain(old[key]) == plain(new[key]), key
    for key, value in wanted.options.items():
        kept = plain(new[key])
        assert (kept == value) if not isinstance(value, dict) else value.items() <= kept.items(), key
    again = plan(after, wanted, facts)
    assert again.after == after and again.needs == "none"
    return after


def daemon_flags(data: bytes) -> None:
    """Any command line of a daemon is read; a value that is none says so."""
    for version in VERSIONS:
        flags = parse_flags(split_arguments(data)[1:], version)
        for name in {flag.name for flag in flags.flags}:
            with contextlib.suppress(BadValue):
                value_of(flags.of_flag(name))


def subid_change(data: bytes) -> None:
    """Ranges are given out without ever touching somebody else's ids or lines."""
    uids, separator, rest = data.partition(b"\0")
    gids, _separator, wish = rest.partition(b"\0")
    numbers = list(wish[:4]) + [0, 0, 0, 0]
    wanted = IdsWanted(
        "dockremap",
        112,
        size=1 + numbers[0] * 257,
        start=100000 + numbers[1] * 4096 if numbers[1] else None,
        present=numbers[2] % 3 != 2,
        lenient=numbers[2] % 2 == 1,
    )
    change_ids(uids, gids if separator else None, wanted, Known([(100100 + numbers[3], "ldap")], []))


def change_ids(uids: bytes | None, gids: bytes | None, wanted: IdsWanted, known: Known) -> bool:
    """Plan the ranges with all that must hold of a plan; whether it was not refused."""
    before = (uids, gids)
    try:
        done = plan_ids(uids, gids, wanted, known)
    except IdsRefused as refused:
        assert refused.reasons and all(refused.reasons)
        return False
    for old, new in zip(before, done.after, strict=True):
        others = [line for line in (old or b"").split(b"\n") if _owner(line) not in wanted.owners]
        left = [line for line in (new or b"").split(b"\n") if _owner(line) not in wanted.owners]
        # But for the end of the last line, which had none.
        assert [line for line in left if line] == [line for line in others if line]
    if not wanted.present:
        assert all(_owner(line) not in wanted.owners for new in done.after for line in (new or b"").split(b"\n"))
        again = plan_ids(*done.after, wanted, known)
        assert not again.changed
        return True
    assert done.start is not None and done.size is not None and done.size >= wanted.size
    for new, accounts in zip(done.after, (known.accounts, known.groups), strict=True):
        table = idmap.parse((new or b"").decode("utf-8", "replace"))
        mine = [entry for entry in table.ranges if entry.owner in wanted.owners]
        theirs = [entry for entry in table.ranges if entry.owner not in wanted.owners]
        assert mine[0].start == done.start and idmap.total(mine) >= wanted.size
        assert idmap.overlaps(mine, theirs, accounts) == []
    again = plan_ids(*done.after, wanted, known)
    assert not again.changed and (again.start, again.size) == (done.start, done.size)
    return True


def _owner(line: bytes) -> str:
    owner, colon, _rest = line.decode("utf-8", "replace").strip().partition(":")
    return owner if colon else ""


def id_tables(data: bytes) -> None:
    """Subordinate ids and id maps of any text are read; what is a map maps there and back."""
    text = data.decode("utf-8", "replace")
    table = idmap.parse(text)
    for major in (20, 27, 28):
        reading = idmap.engine_reading(text, "u", 1000, major)
        assert all(entry.owner in ("u", "1000") for entry in reading.ranges)
        if reading.fault is None and not table.malformed:
            assert {(entry.start, entry.count) for entry in reading.ranges} <= {
                (entry.start, entry.count) for entry in table.ranges
            }
    try:
        extents = idmap.parse_id_map(text)
    except ValueError:
        return
    for extent in extents:
        outside = idmap.outside_of(extents, extent.inside)
        if extent.count:
            assert outside is not None and idmap.inside_of(extents, outside) is not None


def engine_client(data: bytes) -> None:
    """An engine may say anything: the client answers with JSON or with EngineError, and nothing else."""
    stream = (PING + data[1:]) if data[:1] and data[0] % 4 else data[1:]
    with answering(stream):
        for ask in (_read, _write, _events):
            with contextlib.suppress(EngineError):
                ask(UnixEngine("/run/docker.sock", 5))


def _read(engine: UnixEngine) -> None:
    json.dumps(engine.get("/info"))
    json.dumps(engine.get("/containers/json", all=1))


def _write(engine: UnixEngine) -> None:
    writable = writing.WritableEngine(engine)
    json.dumps(writable.call("POST", "/containers/create", {"name": "x"}, {"Image": "x"}, 5))


def _events(engine: UnixEngine) -> None:
    for event in writing.WritableEngine(engine).events(0.0, 1.0, "daemon", 5):
        assert isinstance(event, dict)


@contextlib.contextmanager
def answering(stream: bytes) -> t.Iterator[None]:
    """In place of a socket: every connection gets these bytes, and then the end."""
    stream = stream[: 48 * 1024]
    peers: list[socket.socket] = []

    def connected(self: t.Any) -> socket.socket:
        near, far = socket.socketpair()
        peers.append(far)
        far.sendall(stream)
        far.shutdown(socket.SHUT_WR)
        opened = metered.MeteredSocket(fileno=near.detach())
        opened.meter = self.meter
        return opened

    with mock.patch.object(client.UnixConnection, "open_socket", connected):
        try:
            yield
        finally:
            for peer in peers:
                peer.close()


def engine_answers(data: bytes) -> None:
    """What the engine says of itself and its containers may be any JSON: a snapshot and its forecast, or EngineError."""
    documents: list[t.Any] = []
    for part in data.split(b"\n")[:3]:
        try:
            documents.append(json.loads(part))
        except (ValueError, RecursionError):
            documents.append(None)
    snapshot_of(*(documents + [None, None, None])[:3])


def snapshot_of(info: t.Any, listed: t.Any, inspected: t.Any) -> None:
    """The snapshot of an engine with these answers, with the forecast for it; EngineError is an answer."""

    class Scripted(UnixEngine):
        def __init__(self) -> None:
            self.address = "unix:///run/docker.sock"

        def get(self, path: str, **_query: t.Any) -> t.Any:
            return {"/info": info, "/containers/json": listed}.get(path, inspected)

    try:
        before = engine_state.snapshot(Scripted())
    except EngineError as error:
        assert error.reason
        return
    told = predict(before.containers, bool(before.facts["live_restore"]), str(before.facts["version"]))
    assert len(told) == len(before.containers)


def image_references(data: bytes) -> None:
    """Functions of rules take any text, and what names an image means the same when it is written out."""
    text = data.decode("utf-8", "replace")
    full = references.full_reference(text)
    assert references.full_reference(full) == full
    assert references.registry_of(full) == references.registry_of(text)
    values.version_numbers(text)
    values.moment(text)
    container_values.user_is_root(text)
    addresses.any_address(text)
    addresses.logs_stay("syslog", {"syslog-address": text})
    addresses.insecure_mirrors([text])
    addresses.sockets_not_at([{"port": 1, "address": "::"}], text)
    values.cpus_in(text)
    container_values.limited_ulimits({"nofile": text})
    for first, second in ((text, "/etc"), ("/etc", text), (text, text)):
        assert isinstance(paths.is_under(first, second), bool)


def kernel_texts(data: bytes) -> None:
    """What /proc and /sys show of names that others chose."""
    text = data.decode("utf-8", "replace")
    found = mounts.parse_mountinfo(text)
    mounts.mount_of(found, "/var/lib/docker")
    tree.parse_mounts(text)
    for entry in rules.parse_rules(rules.lines_of(text, "rules")):
        assert entry.line >= 1
    rules.merged([("a", text), ("b", text)])
    for parse in (
        limits.parse_amount,
        limits.parse_cpu_max,
        limits.parse_weight,
        limits.parse_cpuset,
    ):
        with contextlib.suppress(ValueError):
            parse(text)


def certificates(data: bytes) -> None:
    """A certificate is read, or ValueError says what is wrong with it."""
    import base64

    wrapped = b"-----BEGIN CERTIFICATE-----\n" + base64.b64encode(data) + b"\n-----END CERTIFICATE-----\n"
    for pem in (data.decode("utf-8", "replace"), wrapped.decode("ascii")):
        with contextlib.suppress(ValueError):
            validities(pem)


def client_files(data: bytes) -> None:
    """A file of Docker's client tells places and kinds of credentials, or the reason why not."""
    for legacy in (False, True):
        with contextlib.suppress(Unread):
            for one in client_configs.contents(data, legacy)["credentials"]:
                assert set(one) == {"section", "name", "kind"}


def images_and_labels(data: bytes) -> None:
    """Commands of image layers, security options and secrets in text, as hostile as they come."""
    text = data.decode("utf-8", "replace")
    layers = [history.parse_layer(number, line) for number, line in enumerate(text.split("\n"))]
    history.lone_updates(layers)
    history.add_instructions(layers)
    history.secret_suspects(layers, text.split("\n"))
    containers.security_options({"SecurityOpt": text.split("\n")})
    seccomp.profile_kind(text)
    secrets.mask_text(text)
    masked = secrets.mask_json(json.dumps({"password": text, "plain": "x"}))
    # Nothing is hidden where nothing is.
    assert json.loads(masked) == {"password": secrets.MASK if text else "", "plain": "x"}


TARGETS: dict[str, t.Callable[[bytes], None]] = {
    target.__name__: target
    for target in (
        daemon_file,
        daemon_change,
        daemon_flags,
        subid_change,
        id_tables,
        engine_client,
        engine_answers,
        image_references,
        kernel_texts,
        certificates,
        client_files,
        images_and_labels,
    )
}
