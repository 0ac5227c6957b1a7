# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What daemon.json becomes: foreign text stays, nonsense is refused, and the engine's need is neither more nor less."""

from __future__ import annotations

import json
import typing as t

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ansible_collections.seawall.docker.plugins.module_utils._daemon import keys
from ansible_collections.seawall.docker.plugins.module_utils._daemon.domains import DOMAINS
from ansible_collections.seawall.docker.plugins.module_utils._daemon.flags import parse_flags
from ansible_collections.seawall.docker.plugins.module_utils._daemon.next_start import NextStart
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config.clashes import clashes
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config.json_edit import edit
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config.plan import EngineFacts, Plan, plan
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config.wanted import Refused, Wanted

VERSION = (26, 1)


def engine(*flags: str, version: tuple[int, int] | None = VERSION, source: str | None = None) -> EngineFacts:
    return EngineFacts(version, parse_flags(list(flags), version), lambda _position: source, "/etc/docker/daemon.json")


def planned(before: str | None, wanted: Wanted, facts: EngineFacts | None = None) -> Plan:
    return plan(None if before is None else before.encode(), wanted, facts or engine())


def text(before: str | None, wanted: Wanted, facts: EngineFacts | None = None) -> str:
    return (planned(before, wanted, facts).after or b"").decode()


def reasons(before: str | None, wanted: Wanted, facts: EngineFacts | None = None) -> str:
    with pytest.raises(Refused) as refused:
        planned(before, wanted, facts)
    return "; ".join(refused.value.reasons)


def later(*flags: str, reload_needed: bool | None = False, source: str | None = None) -> EngineFacts:
    """An engine that runs without flags and starts with these next."""
    coming = NextStart("docker.service", reload_needed, parse_flags(list(flags), VERSION), [source] * len(flags), [])
    return engine()._replace(next=coming)


@pytest.mark.parametrize(
    ("before", "wanted", "facts", "said"),
    [
        (None, Wanted({"icc": False}), later("--icc=false", source="/etc/x.conf"), "icc will be the flag --icc at the"),
        (None, Wanted({"icc": False}), later("--iptables=false"), "icc: false needs iptables"),
        ('{"mtu": 1400}', Wanted({"debug": True}), later("--mtu=1400"), "will also be flags of the daemon at its next"),
        (None, Wanted({"icc": False}), later(reload_needed=True), "run systemctl daemon-reload"),
        (None, Wanted({"icc": False}), later(reload_needed=None), "systemd does not say"),
        (None, Wanted(list_add={"labels": ["a=b"]}), later("--label=c=d"), "labels will be the flag --label"),
    ],
)
def test_a_file_must_also_go_with_the_arguments_of_the_next_start(
    before: str | None, wanted: Wanted, facts: EngineFacts, said: str
) -> None:
    assert said in reasons(before, wanted, facts)


@pytest.mark.parametrize(
    ("before", "wanted", "facts", "after"),
    [
        (None, Wanted({"icc": False}), later("--debug"), '{\n  "icc": false\n}\n'),
        # Taking out what clashes is how it is put right, and changing nothing harms nobody.
        ('{"icc": false, "mtu": 1400}', Wanted(remove=["icc"]), later("--icc=false"), '{"mtu": 1400}'),
        ('{"icc": false}', Wanted(), later("--icc=false", reload_needed=True), '{"icc": false}'),
        (
            '{"mtu": 1400}',
            Wanted({"icc": False}),
            engine()._replace(next=NextStart("x", False, None, [], None)),
            '{"mtu": 1400, "icc": false}',
        ),
    ],
)
def test_a_file_that_goes_with_them_is_written(
    before: str | None, wanted: Wanted, facts: EngineFacts, after: str
) -> None:
    assert planned(before, wanted, facts).after == after.encode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, '{\n  "icc": false\n}\n'),
        ("", '{\n  "icc": false\n}\n'),
        (" \n", '{\n  "icc": false\n}\n'),
        ("null\n", '{\n  "icc": false\n}\n'),
        ("{}", '{\n  "icc": false\n}'),
        ("{\n}\n", '{\n  "icc": false\n}\n'),
        ('{"mtu": 1400}', '{"mtu": 1400, "icc": false}'),
        ('{"mtu":1400}', '{"mtu":1400,"icc":false}'),
        ('{ "mtu": 1400 }', '{ "mtu": 1400, "icc": false }'),
        ('{\n    "mtu": 1400\n}\n', '{\n    "mtu": 1400,\n    "icc": false\n}\n'),
        ('{\n\t"mtu" : 1400\n}\n', '{\n\t"mtu" : 1400,\n\t"icc": false\n}\n'),
        ('{\r\n  "mtu": 1400\r\n}\r\n', '{\r\n  "mtu": 1400,\r\n  "icc": false\r\n}\r\n'),
        ('{\n  "icc": true,\n  "mtu": 1400\n}', '{\n  "icc": false,\n  "mtu": 1400\n}'),
        ('{\n  "mtu": 1400,\n  "icc": true\n}', '{\n  "mtu": 1400,\n  "icc": false\n}'),
        ('\ufeff{"mtu": 1400}', '\ufeff{"mtu": 1400, "icc": false}'),
        # Odd numbers, escapes and spaces of others are nobody's business.
        (
            '{"log-opts": {"tag": "\\u0041/b" ,"x-y":"1"}}',
            '{"log-opts": {"tag": "\\u0041/b" ,"x-y":"1"}, "icc": false}',
        ),
    ],
)
def test_text_of_others_stays(before: str | None, after: str) -> None:
    assert text(before, Wanted({"icc": False})) == after
    assert not planned(after, Wanted({"icc": False})).changed


def test_a_key_in_the_middle_or_at_the_end_goes_with_its_comma() -> None:
    before = '{\n  "icc": false,\n  "mtu": 1400,\n  "debug": true\n}\n'
    assert text(before, Wanted(remove=["icc"])) == '{\n  "mtu": 1400,\n  "debug": true\n}\n'
    assert text(before, Wanted(remove=["mtu"])) == '{\n  "icc": false,\n  "debug": true\n}\n'
    assert text(before, Wanted(remove=["debug"])) == '{\n  "icc": false,\n  "mtu": 1400\n}\n'
    assert text(before, Wanted(remove=["icc", "mtu", "debug"])) == "{}\n"
    assert not planned(before, Wanted(remove=["init"])).changed


def test_new_values_have_the_indentation_of_the_file() -> None:
    before = '{\n    "mtu": 1400\n}\n'
    after = text(before, Wanted({"log-opts": {"max-file": "3"}}))
    assert after == '{\n    "mtu": 1400,\n    "log-opts": {\n        "max-file": "3"\n    }\n}\n'


def test_maps_are_merged_and_lose_single_entries() -> None:
    before = '{"log-opts": {"max-size": "10m", "tag": "x"}}'
    after = text(before, Wanted({"log-opts": {"max-file": "3", "max-size": "20m"}}))
    assert json.loads(after)["log-opts"] == {"max-size": "20m", "tag": "x", "max-file": "3"}
    assert json.loads(text(before, Wanted(remove=["log-opts.tag"])))["log-opts"] == {"max-size": "10m"}
    assert json.loads(text('{"log-opts": {"tag": "x"}}', Wanted(remove=["log-opts.tag"]))) == {}


def test_lists_take_and_lose_items() -> None:
    before = '{"insecure-registries": ["a:1", "b:1"]}'
    more = planned(before, Wanted(list_add={"insecure-registries": ["b:1", "c:1"]}))
    assert json.loads(more.after or b"") == {"insecure-registries": ["a:1", "b:1", "c:1"]}
    none = planned(before, Wanted(list_remove={"insecure-registries": ["a:1", "b:1"]}))
    assert json.loads(none.after or b"") == {"insecure-registries": []}
    assert none.needs == "reload"
    assert not planned(before, Wanted(list_remove={"insecure-registries": ["z:1"]})).changed


def test_proxies_go_where_the_engine_reads_them() -> None:
    after = text("{}", Wanted({"https-proxy": "http://p:1", "no-proxy": "x"}))
    assert json.loads(after) == {"proxies": {"https-proxy": "http://p:1", "no-proxy": "x"}}
    assert json.loads(text(after, Wanted(remove=["https-proxy"]))) == {"proxies": {"no-proxy": "x"}}
    assert json.loads(text(after, Wanted(remove=["https-proxy", "no-proxy"]))) == {}
    assert planned("{}", Wanted({"https-proxy": "http://p:1"})).changed_keys == ["https-proxy"]


@pytest.mark.parametrize(
    ("wanted", "version", "said"),
    [
        ({"nonsense": 1}, VERSION, "the engine has no option nonsense"),
        ({"ICC": False}, VERSION, "it is written icc"),
        ({"live_restore": True}, VERSION, "it is written live-restore"),
        ({"insecure-registry": ["a"]}, VERSION, "there it is insecure-registries"),
        ({"containerd-plugins-namespace": "x"}, VERSION, "as a flag only"),
        ({"config-file": "x"}, VERSION, "as a flag only"),
        ({"graph": "/x"}, VERSION, "no option graph any more (removed in 23.0)"),
        ({"oom-score-adjust": -500}, VERSION, "removed in 26.0"),
        ({"min-api-version": "1.44"}, VERSION, "no option min-api-version yet (new in 29.0)"),
        ({"api-cors-header": "*"}, (28, 5), "refuses to start with it"),
        ({"https-proxy": "http://p"}, (20, 10), "no option https-proxy yet (new in 23.0)"),
        ({"proxies": {"http_proxy": "x"}}, VERSION, "it is written http-proxy"),
        ({"proxies": "x"}, VERSION, "no option proxies"),
        ({"icc": "false"}, VERSION, "icc must be a boolean, and a string was given"),
        ({"mtu": "1400"}, VERSION, "mtu must be a whole number"),
        ({"log-opts": {"max-file": 3}}, VERSION, "log-opts.max-file must be a string, and a number was given"),
        ({"default-shm-size": 67108864}, VERSION, "default-shm-size must be a string such as"),
        ({"icc": None}, VERSION, "name it in remove"),
    ],
)
def test_refuses_what_the_engine_refuses_or_ignores(wanted: t.Any, version: tuple[int, int], said: str) -> None:
    assert said in reasons("{}", Wanted(wanted), engine(version=version))


def test_refuses_flags_and_names_their_file() -> None:
    unit = "/lib/systemd/system/docker.service"
    said = reasons("{}", Wanted({"hosts": ["fd://"]}), engine("-H", "fd://", source=unit))
    assert "hosts is already the flag -H" in said and unit in said and "drop-in" in said
    said = reasons("{}", Wanted(list_add={"dns": ["1.1.1.1"]}), engine("--dns=9.9.9.9", source="/etc/default/docker"))
    assert "Take the flag out of /etc/default/docker" in said
    assert "on its command line" in reasons("{}", Wanted({"icc": False}), engine("--icc=false"))
    # Runtimes are the exception: flags and file are merged.
    assert planned("{}", Wanted({"runtimes": {"x": {"path": "/x"}}}), engine("--add-runtime", "y=/y")).changed
    # A key of the file that is a flag can be taken out; with it, nothing else is changed.
    assert planned('{"dns": []}', Wanted(remove=["dns"]), engine("--dns=9.9.9.9")).changed
    assert "also flags" in reasons('{"dns": []}', Wanted({"icc": False}), engine("--dns=9.9.9.9"))


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ('{"icc": true,}', "line 1, column 14"),
        ("{\n  // why\n}", "line 2, column 3"),
        ("[]", "is a list and not an object"),
        ('{"icc": true} x', "text after the end"),
        ('{"debug": "x"}', "debug: expected boolean"),
        ('{"nonsense": 1}', "no option nonsense"),
    ],
)
def test_an_invalid_file_is_left_alone(before: str, said: str) -> None:
    assert said in reasons(before, Wanted({"icc": False}))
    assert "left as it is" in reasons(before, Wanted({"icc": False}))


def test_what_is_wrong_can_be_put_right() -> None:
    assert text('{"nonsense": 1, "icc": true}', Wanted(remove=["nonsense"])) == '{"icc": true}'
    assert text('{"debug": "x"}', Wanted({"debug": True})) == '{"debug": true}'
    with pytest.raises(Refused, match="not valid UTF-8"):
        plan(b'{"a": "\xff"}', Wanted(), engine())


def test_duplicates_are_refused_unless_told() -> None:
    before = '{"icc": true, "mtu": 1400, "icc": false}'
    assert "icc more than once (lines 1, 1)" in reasons(before, Wanted({"init": True}))
    assert text(before, Wanted({"init": True}, allow_duplicates=True)) == '{"mtu": 1400, "icc": false, "init": true}'
    inner = '{"log-opts": {"tag": "a", "tag": "b"}}'
    assert "log-opts.tag" in reasons(inner, Wanted())
    assert json.loads(text(inner, Wanted(allow_duplicates=True))) == {"log-opts": {"tag": "b"}}
    maps = '{"log-opts": {"tag": "a"}, "log-opts": {"max-file": "1"}}'
    assert json.loads(text(maps, Wanted(allow_duplicates=True))) == {"log-opts": {"tag": "a", "max-file": "1"}}


def test_contradictions_are_refused() -> None:
    assert "to be removed and to be set" in reasons("{}", Wanted({"icc": True}, remove=["icc"]))
    assert "items added" in reasons("{}", Wanted({"dns": []}, list_add={"dns": ["1.1.1.1"]}))
    assert "is no list" in reasons("{}", Wanted(list_add={"icc": ["x"]}))
    assert "added and to be removed" in reasons(
        "{}", Wanted(list_add={"dns": ["1.1.1.1"]}, list_remove={"dns": ["1.1.1.1"]})
    )


@pytest.mark.parametrize(
    ("before", "wanted", "needs"),
    [
        ({}, Wanted({"live-restore": True}), "reload"),
        ({}, Wanted({"icc": False}), "restart"),
        ({}, Wanted({"icc": False, "live-restore": True}), "restart"),
        # The default, spelled out or no longer so, is no change to the engine.
        ({}, Wanted({"icc": True}), "none"),
        ({"icc": True}, Wanted(remove=["icc"]), "none"),
        # A reload keeps the value of a key that is gone, but for a few.
        ({"debug": True}, Wanted(remove=["debug"]), "restart"),
        ({"debug": True}, Wanted({"debug": False}), "reload"),
        ({"max-concurrent-downloads": 9}, Wanted(remove=["max-concurrent-downloads"]), "reload"),
        ({"features": {"cdi": True}}, Wanted(remove=["features"]), "reload"),
        ({"runtimes": {"x": {"path": "/x"}}}, Wanted(remove=["runtimes.x"]), "restart"),
        ({"insecure-registries": ["a:1"]}, Wanted({"insecure-registries": []}), "reload"),
        ({"debug": False}, Wanted({"debug": False}), "none"),
    ],
)
def test_what_the_engine_needs(before: dict[str, t.Any], wanted: Wanted, needs: str) -> None:
    assert planned(json.dumps(before), wanted).needs == needs


def test_engines_whose_reload_garbles_name_servers_are_restarted() -> None:
    before = '{"dns": ["1.1.1.1"]}'
    assert planned(before, Wanted({"debug": True}), engine(version=(29, 1))).needs == "restart"
    assert planned(before, Wanted({"debug": True}), engine(version=(29, 3))).needs == "reload"


_VALUES: dict[str, t.Any] = {
    keys.BOOL: st.booleans(),
    keys.INT: st.integers(0, 9000),
    keys.STRING: st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF), max_size=6),
    keys.LIST: st.lists(st.text('ab:/\\"{},[]', min_size=1, max_size=4), max_size=3),
    keys.STRING_MAP: st.dictionaries(st.text("ab-", min_size=1, max_size=4), st.text('x{"\\', max_size=3), max_size=3),
}
_OPTIONS = [option for option in keys.options_by_key(VERSION).values() if option.kind in _VALUES]
_OPTIONS = [option for option in _OPTIONS if option.key not in (*keys.PROXY_KEYS, "host-gateway-ip", *DOMAINS)]
_DOCUMENTS = st.lists(st.sampled_from(_OPTIONS), unique_by=lambda option: option.key, max_size=6).flatmap(
    lambda chosen: st.fixed_dictionaries({option.key: _VALUES[option.kind] for option in chosen})
)


@settings(max_examples=300, deadline=None)
@given(
    _DOCUMENTS,
    _DOCUMENTS,
    st.lists(st.sampled_from([option.key for option in _OPTIONS]), max_size=3),
    st.sampled_from([None, 1, 2, 4, "\t"]),
    st.booleans(),
)
def test_merging_keeps_the_rest_and_is_done_once(
    before: dict[str, t.Any], options: dict[str, t.Any], remove: list[str], indent: t.Any, ascii_only: bool
) -> None:
    wanted = Wanted(options, [key for key in remove if key not in options])
    asked = {key: value for key, value in before.items() if key not in wanted.remove}
    # What is refused has tests of its own.
    assume(not clashes({**asked, **options}, engine().flags))
    source = json.dumps(before, indent=indent, ensure_ascii=ascii_only)
    result = planned(source, wanted)
    merged = json.loads(result.after or b"{}")
    for key, value in before.items():
        if key not in options and key not in wanted.remove:
            assert merged[key] == value
    for key, value in options.items():
        assert value == {name: merged[key][name] for name in value} if isinstance(value, dict) else merged[key] == value
    assert set(merged) == (set(before) - set(wanted.remove)) | set(options)
    kept = [key for key in before if key in merged]
    assert [key for key in merged if key in before] == kept
    again = plan(result.after, wanted, engine())
    assert not again.changed and again.needs == "none" and again.changed_keys == []
    if not result.changed:
        assert result.after == source.encode()


@settings(max_examples=200, deadline=None)
@given(_DOCUMENTS.filter(bool), st.sampled_from([None, 2]), st.data())
def test_an_edit_leaves_every_other_character(before: dict[str, t.Any], indent: t.Any, data: st.DataObject) -> None:
    source = json.dumps(before, indent=indent, ensure_ascii=False)
    key = data.draw(st.sampled_from(sorted(before)))
    assert edit(source, {key: before[key]}, []) == source
    assert json.loads(edit(source, {}, [key])) == {name: value for name, value in before.items() if name != key}


@pytest.mark.parametrize(
    ("before", "options", "flags", "reason"),
    [
        (None, {"icc": False, "iptables": False}, [], "icc: false needs iptables"),
        ('{"iptables": false}', {"icc": False}, [], "icc: false needs iptables"),
        (None, {"icc": False}, ["--iptables=false"], "icc: false needs iptables"),
        (None, {"bip": "10.9.0.1/24", "bridge": "br9"}, [], "exclude each other"),
        (None, {"bip": "10.9.0.1/24"}, ["-b", "br9"], "exclude each other"),
        (None, {"group": "ops"}, ["-H", "fd://"], "group has no effect"),
        (None, {"runtimes": {"runc": {"path": "/x"}}}, [], "engine's own"),
        (None, {"runtimes": {"other": {}}}, [], "other has no path"),
        (None, {"runtimes": {"other": {"path": ""}}}, [], "other has no path"),
        (None, {"default-ulimits": {"nofile": {"Hard": 100, "Soft": 100}}}, [], "nofile has no Name"),
        (None, {"default-ulimits": {"nope": {"Name": "nope", "Hard": 1, "Soft": 1}}}, [], "nope has the Name nope"),
        (None, {"default-ulimits": {"nofile": {"Name": "nofile", "Hard": 10, "Soft": 20}}}, [], "(20 and 10)"),
        (None, {"default-ulimits": {"nofile": {"Name": "nofile", "Soft": 20}}}, [], "(20 and 0)"),
        (None, {"default-ulimits": {"nofile": {"Name": "nofile", "Hard": 10, "Soft": -1}}}, [], "(-1 and 10)"),
    ],
)
def test_what_validates_and_does_not_run_is_refused(
    before: str | None, options: dict[str, t.Any], flags: list[str], reason: str
) -> None:
    assert reason in reasons(before, Wanted(options), engine(*flags))


@pytest.mark.parametrize(
    ("before", "options", "flags"),
    [
        (None, {"icc": False, "iptables": True}, []),
        (None, {"bip": "10.9.0.1/24", "bridge": ""}, []),
        (None, {"group": "ops"}, []),
        (None, {"group": "ops"}, ["-H", "fd://", "-H", "unix:///x"]),
        (None, {"runtimes": {"kata": {"runtimeType": "io.containerd.kata.v2"}}}, []),
        (None, {"runtimes": {"crun": {"Path": "/usr/bin/crun"}}}, []),
        (None, {"default-ulimits": {"x": {"name": "NOFILE", "hard": 10, "soft": 10}}}, []),
        (None, {"default-ulimits": {"core": {"Name": "core", "Hard": -1, "Soft": -1}}}, []),
        # What was wrong before is no reason to leave another option unset.
        ('{"runtimes": {"other": {}}}', {"mtu": 1400}, []),
    ],
)
def test_what_runs_is_written(before: str | None, options: dict[str, t.Any], flags: list[str]) -> None:
    assert planned(before, Wanted(options), engine(*flags)).changed
