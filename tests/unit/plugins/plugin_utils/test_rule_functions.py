# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Functions for rules, and what a condition answers where facts are missing or odd."""

from __future__ import annotations

import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.seawall.docker.plugins.module_utils._engine import references
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark import (
    addresses,
    container_values,
    functions,
    paths,
)
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.compiled import Scope
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.errors import BenchmarkError
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.expressions import Expression, Gap


def value(text: str, **facts: t.Any) -> t.Any:
    return Expression(text).value(Scope(facts, facts, {}))


@pytest.mark.parametrize(
    ("mode", "limit", "expected"),
    [
        ("0644", "0644", True),
        ("0600", "0644", True),
        ("0000", "0400", True),
        ("0622", "0644", False),
        ("0602", "0644", False),
        ("0606", "0660", False),
        ("0646", "0660", False),
        ("1644", "0644", False),
        ("04755", "0755", False),
        ("2755", "0755", False),
        ("rw-r--r--", "0644", None),
        ("0844", "0644", None),
        ("", "0644", None),
    ],
)
def test_mode_within_compares_bits(mode: str, limit: str, expected: bool | None) -> None:
    assert value("mode_within(host.mode, host.limit)", mode=mode, limit=limit) is expected


@given(st.integers(0, 0o7777), st.integers(0, 0o7777))
def test_mode_within_is_a_subset_of_bits(mode: int, limit: int) -> None:
    found = value("mode_within(host.mode, host.limit)", mode=f"{mode:04o}", limit=f"{limit:04o}")
    assert found is (mode | limit == limit)


@pytest.mark.parametrize(
    ("path", "directory", "expected"),
    [
        ("/etc", "/etc", True),
        ("/etc/", "/etc", True),
        ("/etc/ssh", "/etc", True),
        ("/etc", "/etc/ssh", False),
        ("/etcetera", "/etc", False),
        ("//etc//ssh", "/etc", True),
        ("/srv/../etc", "/etc", True),
        ("/anything", "/", True),
        ("etc", "/etc", False),
        ("", "/", False),
    ],
)
def test_paths_are_compared_by_components(path: str, directory: str, expected: bool) -> None:
    assert paths.is_under(path, directory) is expected


def test_selecting_by_path() -> None:
    mounts = [{"source": "/etc/ssh"}, {"source": "/"}, {"source": "/srv"}]
    assert value("select_under(host.m, 'source', ['/etc'])", m=mounts) == [{"source": "/etc/ssh"}]
    assert value("select_covering(host.m, 'source', ['/etc'])", m=mounts) == [{"source": "/"}]
    assert value("select_not_matching(host.m, 'source', ['/e*', '/'])", m=mounts) == [{"source": "/srv"}]
    assert isinstance(value("select_under(host.m, 'source', [host.none])", m=mounts, none=None), Gap)


@pytest.mark.parametrize(
    ("version", "minimum", "expected"),
    [
        ("26.1.5+dfsg1", "26.1.5", True),
        ("26.1.5", "26.1", True),
        ("26.1", "26.1.0", True),
        ("5:27.5.1-1~ubuntu", "27.5.1", True),
        ("v29.0.0", "28.9", True),
        ("9.0.0", "26.1.5", False),
        ("26.1.4", "26.1.5", False),
        ("dev", "26.1.5", None),
        ("26.1.5", "latest", None),
    ],
)
def test_versions_are_ordered_by_numbers(version: str, minimum: str, expected: bool | None) -> None:
    assert value("version_at_least(host.v, host.m)", v=version, m=minimum) is expected


@pytest.mark.parametrize(
    ("reference", "registry", "full"),
    [
        ("nginx", "docker.io", "docker.io/library/nginx:latest"),
        ("nginx:1", "docker.io", "docker.io/library/nginx:1"),
        ("a/b", "docker.io", "docker.io/a/b:latest"),
        ("index.docker.io/library/nginx", "docker.io", "docker.io/library/nginx:latest"),
        ("docker.io/nginx", "docker.io", "docker.io/library/nginx:latest"),
        ("localhost/a", "localhost", "localhost/a:latest"),
        ("reg.example.org:5000/a/b:2", "reg.example.org:5000", "reg.example.org:5000/a/b:2"),
        ("reg.example.org/a@sha256:00", "reg.example.org", "reg.example.org/a@sha256:00"),
    ],
)
def test_image_references(reference: str, registry: str, full: str) -> None:
    assert references.registry_of(reference) == registry
    assert references.full_reference(reference) == full


def test_a_tag_that_moved() -> None:
    def moved(reference: str, name: str, *images: dict[str, t.Any]) -> t.Any:
        return value("tag_moved(host.images, host.r, host.n)", images=list(images), r=reference, n=name)

    image = {"tags": ["docker.io/library/web:1"], "in_use_by": ["web"]}
    assert moved("web:1", "web", image) is False
    assert moved("web:1", "other", image) is True
    assert moved("web:2", "other", image) is False
    assert moved("web:1", "other") is False
    assert moved("web:1", "new", image, {"tags": ["web:1"], "in_use_by": ["new"]}) is False


@pytest.mark.parametrize(
    ("user", "expected"),
    [
        ("", True),
        ("root", True),
        ("root:root", True),
        ("0", True),
        ("00", True),
        ("+0", True),
        ("-0", True),
        ("0:0", True),
        (":1000", True),
        ("2147483648", True),
        ("4294967296", True),
        ("1000", False),
        ("1000:0", False),
        ("2147483647", False),
        ("www-data", None),
        ("-1", None),
        ("٠", None),
    ],
)
def test_users(user: str, expected: bool | None) -> None:
    assert container_values.user_is_root(user) is expected


@pytest.mark.parametrize(
    "address", ["0.0.0.0", "::", "[::]", "0:0:0:0:0:0:0:0", "::ffff:0.0.0.0", "::%0", "", "*", "host"]
)
def test_addresses_that_stand_for_all(address: str) -> None:
    assert addresses.any_address(address) is True


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "::1", "[fd00::1]", "fe80::1%eth0"])
def test_addresses_that_stand_for_one(address: str) -> None:
    assert addresses.any_address(address) is False


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1.2.3", "127.1", "0.0.0.0", "0", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[0000::0001]",
        "[::ffff:127.0.0.1]", "localhost", "LOCALHOST", "LocalHost.", "logs.localhost", "ip6-localhost", "[::1%25lo]", "",
    ],
)  # fmt: skip
@pytest.mark.parametrize("scheme", ["udp", "UDP", "tcp", "tcp+tls"])
def test_logs_to_this_host_in_every_spelling_stay(scheme: str, host: str) -> None:
    assert addresses.logs_stay("syslog", {"syslog-address": f"{scheme}://{host}:514"}) is True


@pytest.mark.parametrize(
    ("driver", "options", "stay"),
    [
        ("syslog", {}, True),
        ("syslog", {"syslog-address": "unix:///dev/log"}, True),
        ("syslog", {"syslog-address": "tcp://[::1"}, True),
        ("syslog", {"syslog-address": "tcp://logs.example.org:99999"}, True),
        ("syslog", {"syslog-address": "tcp+tls://logs.example.org:6514"}, False),
        # Names and addresses that only begin like this host.
        ("syslog", {"syslog-address": "tcp://localhost.example.org:6514"}, False),
        ("syslog", {"syslog-address": "tcp://127.example.org:6514"}, False),
        ("syslog", {"syslog-address": "tcp://[fd00::1]:6514"}, False),
        ("syslog", {"fluentd-address": "logs.example.org"}, True),
        ("fluentd", {}, True),
        ("fluentd", {"fluentd-address": "LOCALHOST:24224"}, True),
        ("fluentd", {"fluentd-address": "unix:///run/fluent.sock"}, True),
        ("fluentd", {"fluentd-address": "logs.example.org:24224"}, False),
        ("gelf", {"gelf-address": "udp://[::]:12201"}, True),
        ("splunk", {"splunk-url": "https://0:8088"}, True),
        ("awslogs", {}, False),
        ("journald", {}, True),
    ],
)
def test_where_logs_go_is_told_by_the_option_of_the_driver(driver: str, options: dict[str, str], stay: bool) -> None:
    assert addresses.logs_stay(driver, options) is stay


@pytest.mark.parametrize(
    ("mirror", "insecure"),
    [
        ("http://mirror.example.org/", True),
        ("http://127.example.org/", True),
        ("http://localhost@mirror.example.org/", True),
        ("HTTP://[FD00::1]:5000/", True),
        ("http://[::1/", True),
        ("https://mirror.example.org/", False),
        ("http://LOCALHOST:5000/", False),
        ("http://[0:0:0:0:0:0:0:1]:5000/", False),
    ],
)
def test_mirrors_are_told_by_their_host(mirror: str, insecure: bool) -> None:
    assert addresses.insecure_mirrors([mirror]) == ([mirror] if insecure else [])


@pytest.mark.parametrize(
    ("address", "left"),
    [
        ("127.0.0.1:9323", ["192.0.2.1"]),
        ("[::ffff:127.0.0.1]:9323", ["192.0.2.1"]),
        ("localhost:9323", ["192.0.2.1"]),
        (":9323", ["127.0.0.1", "192.0.2.1"]),
        ("192.0.2.1:9323", ["127.0.0.1"]),
        ("127.0.0.1:9324", ["127.0.0.1", "192.0.2.1"]),
        ("127.0.0.1:x", ["127.0.0.1", "192.0.2.1"]),
        ("", ["127.0.0.1", "192.0.2.1"]),
        (None, ["127.0.0.1", "192.0.2.1"]),
    ],
)
def test_a_socket_is_known_by_address_and_port(address: str | None, left: list[str]) -> None:
    sockets = [{"address": one, "port": 9323} for one in ("127.0.0.1", "192.0.2.1")]
    assert [one["address"] for one in addresses.sockets_not_at(sockets, address)] == left


def test_ulimits_that_limit() -> None:
    by_flags = {"nofile": "1024:2048", "nproc": "10:-1", "core": "0", "bad": "x"}
    assert container_values.limited_ulimits(by_flags) == ["core", "nofile"]
    by_file = {
        "nofile": {"Name": "nofile", "Hard": 9, "Soft": 9},
        "nproc": {"Hard": 9},
        "core": {"Name": "core", "Hard": -1},
    }
    assert container_values.limited_ulimits(by_file) == ["nofile"]
    assert value("limited_ulimits(host.u)", u=None) == []


def test_ulimits_of_a_container_are_compared_with_the_defaults() -> None:
    of_container = [{"name": "nofile", "soft": 10, "hard": 20}, {"name": "core", "soft": 0, "hard": 0}]
    assert container_values.own_ulimits(of_container, {"nofile": "10:20", "core": "0"}) == []
    assert container_values.own_ulimits(of_container, {"nofile": {"Name": "nofile", "Soft": 10, "Hard": 21}}) == [
        "nofile",
        "core",
    ]
    assert value("own_ulimits(host.u, host.d)", u=of_container, d=None) == ["nofile", "core"]


def test_capabilities_are_counted_as_the_engine_does() -> None:
    default = set(container_values.DEFAULT_CAPABILITIES)
    assert set(container_values.granted_capabilities([], [])) == default
    assert set(container_values.granted_capabilities([], ["CHOWN"])) == default - {"CHOWN"}
    assert container_values.granted_capabilities([], ["ALL"]) == []
    assert container_values.granted_capabilities(["CHOWN"], ["ALL"]) == ["CHOWN"]
    assert container_values.granted_capabilities(["ALL"], ["ALL"]) == ["ALL"]
    assert "CHOWN" in container_values.granted_capabilities(["CHOWN"], ["CHOWN"])


def test_times() -> None:
    assert value("days(host.n)", n=2) == 172800
    later = "2026-01-31T12:00:00.123456789+00:00"
    assert value("days_between(host.a, host.b)", a="2026-01-01T00:00:00Z", b=later) == 30
    assert value("days_between(host.a, host.b)", a="yesterday", b="2026-01-31T12:00:00Z") is None
    assert value("days_between(host.a, host.b)", a="2026-13-45T00:00:00Z", b="2026-01-31T12:00:00Z") is None


def test_lists_and_patterns() -> None:
    assert value("matching(host.l, ['a*'])", l=["ab", "b"]) == ["ab"]
    assert value("not_matching(host.l, ['a*'])", l=["ab", "b"]) == ["b"]
    assert value("without(host.l, ['b'])", l=["ab", "b"]) == ["ab"]
    assert value("one_of(host.n, [`1`, `3`])", n=3) is True
    assert value("one_of(host.n, [`1`, `3`])", n=True) is False


@pytest.mark.parametrize(
    "text", ["any(host.x)", "no(host.x)", "one_of(host.x, ['a'])", "length(host.x) > `0`", "host.x"]
)
def test_null_is_no_answer(text: str) -> None:
    assert isinstance(Expression(text).truth(Scope({"x": None})), Gap)


def test_what_one_of_many_does_not_say_is_not_known_with_its_reason() -> None:
    condition = Expression("any_true(host.l, 'root')")
    unread = {"name": "web", "unread": {"root": "needs root"}}
    assert condition.truth(Scope({"l": [{"root": False}]})) is False
    assert condition.truth(Scope({"l": []})) is False
    assert condition.truth(Scope({"l": [unread, {"root": True}]})) is True
    assert condition.truth(Scope({"l": [{"root": False}, unread]})) == Gap("root of web is not known: needs root")
    assert condition.truth(Scope({"l": [{}]})) == Gap("root of one of them is not known: the posture does not have it")


def test_the_reason_of_a_missing_fact_is_the_nearest_one() -> None:
    scope = Scope({"daemon": {}, "unread": {"daemon": "all", "daemon.tls": "no right"}})
    assert Expression("host.daemon.tls.verify").truth(scope) == Gap("host.daemon.tls.verify is not known: no right")
    assert Expression("host.daemon.options").truth(scope) == Gap("host.daemon.options is not known: all")
    assert Expression("host.files").truth(scope) == Gap("host.files is not known: the posture does not have it")
    inner = Scope({}, {"cgroup": {"unread": {"limits": "not running"}, "limits": {}}, "unread": {}})
    assert Expression("subject.cgroup.limits.pids.verdict").truth(inner) == Gap(
        "subject.cgroup.limits.pids.verdict is not known: not running"
    )


def test_behind_a_bar_a_fact_is_optional() -> None:
    assert Expression("(host | daemon.x) == `true`").truth(Scope({})) is False


@pytest.mark.parametrize("text", ["!host.a.b", "!host.a.b && host.c", "any(host.l) || !subject.x.y"])
def test_a_negation_that_jmespath_reads_otherwise_is_refused(text: str) -> None:
    with pytest.raises(BenchmarkError, match="write !"):
        Expression(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [("hsot.a", "starts at 'hsot'"), ("host.a ==", "not valid JMESPath"), ("nope(host.a)", r"calls nope\(\)")],
)
def test_expressions_that_cannot_be_meant(text: str, message: str) -> None:
    with pytest.raises(BenchmarkError, match=message):
        Expression(text)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


# Every function of ours, called in every way that could fit it.
CALLS = [
    Expression(f"{name[len('_func_') :]}({arguments})")
    for name in vars(functions.RuleFunctions)
    if name.startswith("_func_")
    for arguments in ("host.a", "host.a, host.b", "host.a, 'key', host.b", "host.a, host.b, 'name'")
]


@given(_JSON, _JSON)
def test_no_content_makes_a_function_raise(first: t.Any, second: t.Any) -> None:
    for call in CALLS:
        call.value(Scope({"a": first, "b": second}))


@pytest.mark.parametrize(
    ("text", "facts", "named", "problem"),
    [
        ("host.a.b", {"a": {"b": None}}, "host.a.b is null, so", "gave null; it must give true or false"),
        ("host.a.b.c", {"a": {"b": None}}, "host.a.b is null, so", "gave null; it must give true or false"),
        ("host.a < host.b", {"a": 1, "b": None}, "host.b is null, so", "gave null; it must give true or false"),
        ("host.a", {"a": 5}, "host.a cannot be judged:", "gave int; it must give true or false"),
        ("one_of(host.a, ['x'])", {"a": None}, "host.a is null, so", "cannot be used"),
        ("no(host.a) && no(host.b)", {"a": False, "b": None}, "host.b is null, so", "cannot be used"),
    ],
)
def test_a_reason_names_the_fact(text: str, facts: dict[str, t.Any], named: str, problem: str) -> None:
    gap = Expression(text).truth(Scope(facts))
    assert isinstance(gap, Gap) and gap.reason == f"{named} the rule's expression {text!r} {problem}"
