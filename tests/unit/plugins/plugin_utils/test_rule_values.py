# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The values that functions of rules read, at their limits: where one more or one less is another verdict."""

from __future__ import annotations

import typing as t

import pytest

from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark import (
    addresses,
    container_values,
    functions,
    registry_tags,
    values,
)
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.compiled import Scope
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark.expressions import Expression, Gap


def value(text: str, **facts: t.Any) -> t.Any:
    return Expression(text).value(Scope(facts, facts, {}))


@pytest.mark.parametrize(
    ("permissions", "limit", "beyond"),
    [
        ("r--", "0644", False),
        ("rw-", "0644", True),
        ("-w-", "0755", True),
        ("--x", "0644", True),
        ("r-x", "0755", False),
        ("---", "0000", False),
        ("r--", "0640", True),
        ("-w-", "0002", False),
    ],
)
def test_an_access_list_gives_no_more_than_others_may_have(permissions: str, limit: str, beyond: bool) -> None:
    entries = [{"kind": "user", "name": "bob", "permissions": permissions}]
    assert value("beyond(host.acl, host.limit)", acl=entries, limit=limit) == (entries if beyond else [])


@pytest.mark.parametrize(
    ("cpus", "number"),
    [
        ("0", 1),
        ("0-3", 4),
        ("2-2", 1),
        ("0-3,2,7", 5),
        (" 1 , 3-4 ", 3),
        ("10-9", None),
        ("9-10", 2),
        ("a", None),
        ("1-", None),
        ("1,,2", None),
        ("", None),
        ("99999", 1),
        ("100000", None),
        ("1," * 2047 + "22", 2),
        ("1," * 2047 + "222", None),
    ],
)
def test_cpus_of_a_set(cpus: str, number: int | None) -> None:
    assert values.cpus_in(cpus) == number


@pytest.mark.parametrize(
    ("version", "numbers"),
    [
        ("26", (26, 0, 0)),
        ("26.1", (26, 1, 0)),
        ("5:26.1.5-1~debian", (26, 1, 5)),
        ("v1.2.3.4", (1, 2, 3, 4)),
        ("1." + "9" * 18, (1, 10**18 - 1, 0)),
        ("1." + "9" * 19, ()),
        ("dev", ()),
    ],
)
def test_numbers_of_a_version(version: str, numbers: tuple[int, ...]) -> None:
    assert values.version_numbers(version) == numbers


@pytest.mark.parametrize(
    ("earlier", "later", "days"),
    [
        ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", 1),
        ("2026-01-01T00:00:01Z", "2026-01-02T00:00:00Z", 0),
        ("2026-01-01T00:00:00+02:00", "2026-01-01T22:00:00.999999999Z", 1),
        ("2026-01-01T00:00:00", "2026-01-02T00:00:00Z", None),
        ("2026-01-01T00:00:00Z and more", "2026-01-02T00:00:00Z", None),
    ],
)
def test_days_between_two_moments(earlier: str, later: str, days: int | None) -> None:
    assert value("days_between(host.a, host.b)", a=earlier, b=later) == days


@pytest.mark.parametrize(
    ("user", "is_root"),
    [
        ("0" * 30 + "1000", False),
        ("+" + "0" * 30 + "1000", False),
        ("0" * 30, True),
        (" root ", True),
        ("5x", None),
        ("9" * 5000, True),
    ],
)
def test_a_user_is_the_number_and_not_its_digits(user: str, is_root: bool | None) -> None:
    assert container_values.user_is_root(user) is is_root


def test_all_capabilities_are_all() -> None:
    assert container_values.granted_capabilities(["ALL"], []) == ["ALL"]
    assert container_values.granted_capabilities(["NET_ADMIN"], ["ALL", "CHOWN"]) == ["NET_ADMIN"]


def test_a_default_of_a_file_has_a_soft_and_a_hard_limit() -> None:
    mine = [{"name": "nofile", "soft": 10, "hard": 20}]
    for soft, hard, differs in ((10, 20, []), (11, 20, ["nofile"]), (10, 21, ["nofile"]), ("10", 20, ["nofile"])):
        defaults = {"x": {"Name": "nofile", "Soft": soft, "Hard": hard}}
        assert container_values.own_ulimits(mine, defaults) == differs
    # A flag gives both, or one for both.
    assert container_values.default_ulimits({"a": "-1:-1", "b": "7", "c": "1:x", "d": "1" * 20}) == {
        "a": (-1, -1),
        "b": (7, 7),
        "c": (1, None),
        "d": (None, None),
    }
    assert container_values.limited_ulimits({"a": "0:0", "b": "0:-1", "c": "5:x"}) == ["a"]


def test_logs_that_go_to_an_own_address_stay() -> None:
    own = {"10.0.0.5", "web1.example.org"}
    for host, stay in (
        ("10.0.0.5", True),
        ("10.0.0.6", False),
        ("WEB1.example.org.", True),
        ("web2.example.org", False),
    ):
        assert addresses.logs_stay("syslog", {"syslog-address": f"udp://{host}:514"}, own) is stay
    assert addresses.logs_stay("json-file", {"syslog-address": "udp://127.0.0.1"}) is False
    assert addresses.logs_stay("gelf", {}) is False
    assert addresses.logs_stay("gelf", {"gelf-address": "gopher://logs.example.org"}) is True


def test_a_socket_whose_address_is_not_known_is_listed() -> None:
    odd = [{"address": one, "port": 9323} for one in (None, "*", "elsewhere")]
    assert addresses.sockets_not_at(odd, "127.0.0.1:9323") == odd == addresses.sockets_not_at(odd, ":9323")
    everywhere = [{"address": "::", "port": 9323}, {"address": "0.0.0.0", "port": 9323}]
    assert addresses.sockets_not_at(everywhere, ":9323") == []
    assert addresses.sockets_not_at(everywhere, "127.0.0.1:9323") == everywhere


WEB = "registry.example.org/web"
TAGS = [
    {"reference": f"{WEB}:1", "digest": "sha256:1"},
    {"reference": "docker.io/library/nginx:latest", "digest": None},
]


def test_a_tag_in_its_registry_is_found_by_its_whole_name() -> None:
    assert registry_tags.entry_of(TAGS, f"{WEB}:1") == TAGS[0]
    assert registry_tags.entry_of(TAGS, "nginx") == TAGS[1]
    assert registry_tags.entry_of(TAGS, f"{WEB}:2") is None


def test_the_digests_of_an_image_are_those_of_its_repository() -> None:
    images = [
        {"id": "sha256:a", "digests": [f"{WEB}@sha256:1", f"{WEB}@sha256:2", "mirror.example.org/web@sha256:3"]},
        {"id": "sha256:b", "digests": [f"{WEB}@sha256:4"]},
    ]
    assert registry_tags.digests_of(images, "overlay2", f"{WEB}:1", "sha256:a") == {"sha256:1", "sha256:2"}
    assert registry_tags.digests_of(images, "overlay2", f"{WEB}:1", "sha256:c") == set()
    assert registry_tags.digests_of(images, "containerd", f"{WEB}:1", "sha256:a") == {"sha256:a"}


@pytest.mark.parametrize(
    ("tags", "reference", "answer"),
    [
        (TAGS, f"{WEB}:1", "sha256:1"),
        (TAGS, "nginx", None),
        (TAGS, f"{WEB}:2", Gap(f"the digest of {WEB}:2 in its registry is not known: no registry was asked about it")),
        (
            [{"reference": f"{WEB}:1", "unread": {"digest": "the registry refused"}}],
            f"{WEB}:1",
            Gap(f"the digest of {WEB}:1 in its registry is not known: the registry refused"),
        ),
    ],
)
def test_what_a_registry_says_of_a_tag(tags: t.Any, reference: str, answer: t.Any) -> None:
    assert value("digest_in_registry(host.tags, host.r)", tags=tags, r=reference) == answer


@pytest.mark.parametrize(
    ("entry", "named"),
    [
        ({"name": "web", "destination": "/d"}, "source of web"),
        ({"destination": "/d"}, "source of /d"),
        ({}, "source of one of them"),
    ],
)
def test_an_entry_without_its_text_is_named(entry: dict[str, t.Any], named: str) -> None:
    for call in ("select_under(host.m, 'source', ['/etc'])", "select_not_matching(host.m, 'source', ['/etc'])"):
        whole = {**entry, "unread": {"source": "needs root"}}
        assert value(call, m=[whole]) == Gap(f"{named} is not known: needs root")


def test_a_million_pairs_are_compared_and_no_more() -> None:
    functions.few_pairs(range(1000), range(1000))
    with pytest.raises(ValueError, match="the host lists 1,000 and 1,001 entries, which are too many to compare"):
        functions.few_pairs(range(1000), range(1001))
