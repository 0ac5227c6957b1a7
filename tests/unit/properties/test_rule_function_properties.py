# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Functions of rules: image references, paths, modes, versions and users, by the laws that they must keep."""

from __future__ import annotations

import datetime
import posixpath
import typing as t
from pathlib import PurePosixPath

from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.seawall.docker.plugins.module_utils._engine import references
from ansible_collections.seawall.docker.plugins.plugin_utils._benchmark import (
    container_values,
    functions,
    paths,
    values,
)
from ansible_collections.seawall.docker.tests.fuzz import targets

# The grammar of references, in the engine's own terms.
_COMPONENT = st.from_regex(r"[a-z0-9]{1,6}((\.|_|__|-{1,3})[a-z0-9]{1,4}){0,2}", fullmatch=True)
_HOST = st.one_of(
    st.just("localhost"),
    st.from_regex(r"[a-z0-9]{1,5}(\.[a-z]{2,3}){1,2}(:[0-9]{1,5})?", fullmatch=True),
    st.from_regex(r"[a-z]{1,5}:[0-9]{1,5}", fullmatch=True),
    st.from_regex(r"[A-Z][A-Za-z]{0,5}", fullmatch=True),
    st.just("[2001:db8::1]:5000"),
)
_TAG = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,8}", fullmatch=True)
_DIGEST = st.text("0123456789abcdef", min_size=64, max_size=64).map("sha256:".__add__)


class Reference(t.NamedTuple):
    host: str | None
    path: list[str]
    tag: str | None
    digest: str | None

    def __str__(self) -> str:
        name = "/".join([*([self.host] if self.host else []), *self.path])
        return name + (f":{self.tag}" if self.tag else "") + (f"@{self.digest}" if self.digest else "")


def _no_host_in_the_path(reference: Reference) -> bool:
    first = reference.path[0]
    return bool(reference.host) or len(reference.path) == 1 or not ("." in first or first == "localhost")


REFERENCES = st.builds(
    Reference,
    st.none() | _HOST,
    st.lists(_COMPONENT, min_size=1, max_size=3),
    st.none() | _TAG,
    st.none() | _DIGEST,
).filter(_no_host_in_the_path)


@given(REFERENCES)
@example(Reference("MYHOST", ["nginx"], None, None))
def test_an_image_is_of_the_registry_that_it_names(reference: Reference) -> None:
    expected = reference.host or "docker.io"
    assert references.registry_of(str(reference)) == expected
    full = references.full_reference(str(reference))
    assert full.startswith(f"{expected}/") and full.endswith(
        "/".join(reference.path) + str(reference)[len(_name(reference)) :] + _latest(reference)
    )
    assert references.full_reference(full) == full and references.registry_of(full) == expected


def _name(reference: Reference) -> str:
    return "/".join([*([reference.host] if reference.host else []), *reference.path])


def _latest(reference: Reference) -> str:
    return "" if reference.tag or reference.digest else ":latest"


@given(st.lists(_COMPONENT, min_size=1, max_size=2), _TAG)
def test_spellings_of_docker_hub_are_one(path: list[str], tag: str) -> None:
    if len(path) == 2 and ("." in path[0] or path[0] == "localhost"):
        return
    short = "/".join(path) + f":{tag}"
    whole = f"docker.io/{'library/' if len(path) == 1 else ''}{short}"
    spellings = [short, whole, f"docker.io/{short}", f"index.docker.io/{short}"]
    assert {references.full_reference(one) for one in spellings} == {whole}


@given(st.text(max_size=30) | st.text("/:@.a1A-\n\0{}", max_size=30))
@example("9" * 5000)
@example("-" + "0" * 5000)
@example("1." + "9" * 5000)
@example("\u00b2.\u00b2")
def test_no_text_makes_a_function_raise(text: str) -> None:
    targets.image_references(text.encode("utf-8", "replace"))


_PATHS = st.lists(st.sampled_from(["", ".", "..", "etc", "etcetera", "var", "lib"]), max_size=6).map(
    lambda parts: "/" + "/".join(parts)
)


@given(_PATHS, _PATHS, _PATHS)
def test_under_is_an_order_of_whole_components(first: str, second: str, third: str) -> None:
    assert paths.is_under(first, first) and paths.is_under(first, "/")
    inner, outer = (PurePosixPath(posixpath.normpath(one).replace("//", "/")) for one in (first, second))
    assert paths.is_under(first, second) == inner.is_relative_to(outer)
    if paths.is_under(first, second) and paths.is_under(second, third):
        assert paths.is_under(first, third)
    if paths.is_under(first, second) and paths.is_under(second, first):
        assert inner == outer
    assert not paths.is_under(first[1:], second) or first.startswith("//")


def _within(mode: int, limit: int) -> bool | None:
    return t.cast("bool | None", functions.RuleFunctions()._func_mode_within(f"{mode:04o}", f"{limit:o}"))


@given(st.integers(0, 0o7777), st.integers(0, 0o7777), st.integers(0, 0o7777))
def test_modes_are_ordered_by_their_bits(one: int, other: int, third: int) -> None:
    assert _within(one, one) and _within(one & other, one) and _within(one, one | other)
    if _within(one, other) and _within(other, third):
        assert _within(one, third)
    if one & ~other:
        assert _within(one, other) is False


@given(st.text(max_size=8))
def test_what_is_no_mode_is_never_within_one(text: str) -> None:
    value = values.octal(text)
    judged = functions.RuleFunctions()._func_mode_within(text, "7777")
    assert (judged is None) == (value is None)
    if value is not None:
        assert set(text) <= set("01234567") and value == int(text, 8)


_NUMBERS = st.lists(st.integers(0, 10**6), min_size=1, max_size=4)


@given(_NUMBERS, _NUMBERS, st.sampled_from(["", "-rc1", "+dfsg1", "~ds1-1"]))
def test_versions_are_ordered_by_numbers(one: list[int], other: list[int], suffix: str) -> None:
    def text(numbers: list[int]) -> str:
        return ".".join(map(str, numbers)) + suffix

    def padded(numbers: list[int]) -> list[int]:
        return numbers + [0] * (4 - len(numbers))

    assert values.version_numbers(text(one))[: len(one)] == tuple(one)
    at_least = functions.RuleFunctions()._func_version_at_least(text(one), text(other))
    if padded(one) != padded(other):
        assert at_least == (padded(one) > padded(other))
    assert values.version_numbers(f"5:{text(one)}") == values.version_numbers(text(one))


@given(st.integers(-(2**70), 2**70), st.sampled_from(["", "+", "0", "00"]), st.sampled_from(["", ":0", ":users", ":"]))
def test_root_is_root_however_it_is_written(number: int, prefix: str, group: str) -> None:
    user = f"{prefix}{number}" if number >= 0 else f"-{prefix.replace('+', '')}{-number}"
    judged = container_values.user_is_root(user + group)
    assert judged is (None if number < 0 else number == 0 or number > 2**31 - 1)


@given(st.datetimes(timezones=st.just(datetime.UTC)), st.integers(0, 9))
def test_times_are_read_with_fractions_of_any_length(moment: datetime.datetime, digits: int) -> None:
    whole = moment.replace(microsecond=0)
    written = f"{whole:%Y-%m-%dT%H:%M:%S}".rjust(19, "0") + ("." + "7" * digits if digits else "") + "Z"
    assert values.moment(written) == whole
