# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""daemon.json, however somebody wrote it: what is not meant stays byte for byte, and adding can be taken back."""

from __future__ import annotations

import codecs
import json
import typing as t

from hypothesis import example, given, settings
from hypothesis import strategies as st

from ansible_collections.seawall.docker.plugins.module_utils._daemon.daemon_json import read_daemon_json
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config.wanted import Wanted
from ansible_collections.seawall.docker.tests.fuzz import targets

VERSION = (26, 1)
# Options with a value, as people write them: an escape, an exponent, odd spaces and line breaks inside.
WRITTEN = {
    "debug": ["true", "false"],
    "data-root": ['"/srv/docker"', '"\\/srv\\/d\\u00f6cker"', '"/srv/d\u00f6cker"'],
    "mtu": ["1400", "1500"],
    "labels": ['["a=b" , "c=d"]', "[\n\n]", '[ "x={{ lookup(1) }}" ]'],
    "log-opts": ['{"max-size":"10m"}', '{ "max-size" : "10m",\n\t"tag": "{{.Name}}" }', "{}"],
    "default-ulimits": ['{"nofile": {"Name": "nofile", "Hard": 64, "Soft": 32}}'],
    "registry-mirrors": ['["https://mirror.example"]'],
    "features": ['{"buildkit":true}'],
}
NEW = {"icc": False, "userland-proxy": False, "no-new-privileges": True, "max-concurrent-downloads": 2}
SPACES = st.text(" \t\n\r", max_size=4)


class Text(t.NamedTuple):
    """A file in pieces: ``members`` are ``(key, the member as written)``."""

    mark: bytes
    encoding: str
    head: str
    members: list[tuple[str, str]]
    spaces: list[tuple[str, str]]
    tail: str

    def bytes(self) -> bytes:
        words = [
            f"{before}{text}{after}" for (before, after), (_key, text) in zip(self.spaces, self.members, strict=True)
        ]
        return self.mark + (self.head + "{" + ",".join(words) + "}" + self.tail).encode(self.encoding)


@st.composite
def files(draw: st.DrawFn) -> Text:
    keys = draw(st.lists(st.sampled_from(sorted(WRITTEN)), unique=True, min_size=1, max_size=6))
    members = []
    for key in keys:
        name = draw(st.sampled_from([f'"{key}"', f'"\\u{ord(key[0]):04x}{key[1:]}"']))
        members.append((key, f"{name}{draw(SPACES)}:{draw(SPACES)}{draw(st.sampled_from(WRITTEN[key]))}"))
    mark, encoding = draw(
        st.sampled_from([(b"", "utf-8"), (codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le")])
    )
    spaces = [(draw(SPACES), draw(SPACES)) for _key in keys]
    return Text(mark, encoding, draw(SPACES), members, spaces, draw(SPACES))


@settings(max_examples=200, deadline=None)
@given(files(), st.dictionaries(st.sampled_from(sorted(NEW)), st.none(), min_size=1))
def test_adding_keeps_every_byte_and_can_be_taken_back(file: Text, added: dict[str, None]) -> None:
    before = file.bytes()
    options = {key: NEW[key] for key in added}
    after = targets.change(before, Wanted(options), VERSION)
    assert after is not None
    # All of the old text but its end stands at the beginning of the new one; the end stands at its end.
    text, old = (content[len(file.mark) :].decode(file.encoding) for content in (after, before))
    end = file.spaces[-1][1] + "}" + file.tail
    assert text.startswith(old[: len(old) - len(end)]) and text.endswith(end)
    assert json.loads(text) == {**json.loads(old), **options}
    assert targets.change(after, Wanted(remove=sorted(options)), VERSION) == before


@settings(max_examples=200, deadline=None)
@given(files(), st.data())
def test_changing_and_removing_leave_the_other_members_as_they_were(file: Text, data: st.DataObject) -> None:
    keys = [key for key, _text in file.members]
    removed = data.draw(st.lists(st.sampled_from(keys), unique=True))
    options = {"debug": True, "mtu": 1399} if data.draw(st.booleans()) else {}
    after = targets.change(
        file.bytes(), Wanted({k: v for k, v in options.items() if k not in removed}, removed), VERSION
    )
    assert after is not None
    text = after[len(file.mark) :].decode(file.encoding)
    assert after.startswith(file.mark) and text.startswith(file.head) and text.endswith(file.tail)
    position = 0
    for key, written in file.members:
        if key not in removed and key not in options:
            position = text.index(written, position) + len(written)
    assert not set(removed) & set(json.loads(text))


_JSON: st.SearchStrategy[t.Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(_JSON, st.booleans(), st.sampled_from([None, 1, "\t"]))
def test_json_is_read_as_python_reads_it(document: t.Any, ascii_only: bool, indent: t.Any) -> None:
    # A lone surrogate can only be written with an escape.
    text = json.dumps(document, ensure_ascii=ascii_only or "\\ud" in json.dumps(document), indent=indent)
    targets.same_as_python(text)


@settings(max_examples=200, deadline=None)
@given(st.text('{}[]",:\\/ \n\t\r\0tfn-+.eE0189aul\u00e9\ud800', max_size=40))
@example('{"a": NaN}')
@example("1e999")
@example('"\\ud800\\ude00"')
@example("[" * 20000)
def test_text_that_is_nearly_json_is_taken_or_refused_alike(text: str) -> None:
    targets.same_as_python(text)


@settings(max_examples=400, deadline=None)
@given(
    st.binary(max_size=60) | st.text(max_size=40).map(str.encode),
    st.sampled_from(targets.WANTED),
    st.sampled_from(targets.VERSIONS),
)
@example(b"\xff\xfe{", targets.WANTED[0], (26, 1))
@example(b'{"log-opts": {"log-opts.max-file": "1"}}', targets.WANTED[2], (26, 1))
def test_no_bytes_do_more_than_be_refused(content: bytes, wanted: Wanted, version: targets.Version) -> None:
    targets.daemon_file(content)
    targets.change(content, wanted, version)


_VALUES = _JSON | st.sampled_from([True, "default", 5, ["a=b"], {"max-size": "10m"}, {"nofile": {"Hard": -1}}])


@settings(max_examples=200, deadline=None)
@given(
    files(),
    st.dictionaries(
        st.sampled_from([*WRITTEN, *NEW, "userns-remap", "default-address-pools", "hosts", "nonsense"]),
        _VALUES,
        max_size=3,
    ),
    st.dictionaries(
        st.sampled_from(["labels", "dns", "mtu", "default-address-pools"]), st.lists(_VALUES, max_size=2), max_size=2
    ),
)
def test_no_wish_makes_a_file_that_keeps_the_engine_from_starting(
    file: Text, options: dict[str, t.Any], list_add: dict[str, list[t.Any]]
) -> None:
    # A change that is made has been read again, without a fault, in targets.change.
    after = targets.change(file.bytes(), Wanted(options, list_add=list_add), VERSION)
    assert after is None or read_daemon_json(after, VERSION).state == "ok"
