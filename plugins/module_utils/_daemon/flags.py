# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parse the daemon's arguments as its own flag parser (pflag) does.

Pure: arguments in, flags out. If an audit searches the arguments for words, it takes ``--live-restore=false`` for live
restore.
"""

from __future__ import annotations

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._daemon.keys import (
    BOOL,
    BOOL_MAP,
    INT,
    MAP_MAP,
    POOLS,
    RUNTIMES,
    STRING_MAP,
    ULIMITS,
    Option,
    options_by_flag,
)

# What Go's strconv.ParseBool understands.
_TRUE = ("1", "t", "T", "true", "TRUE", "True")
_FALSE = ("0", "f", "F", "false", "FALSE", "False")


class Flag(t.NamedTuple):
    """One flag as given. ``name`` is long and without dashes, ``text`` is its value, ``position`` its place in the
    arguments."""

    option: Option
    name: str
    written: str
    text: str
    position: int


class ParsedFlags(t.NamedTuple):
    """``flags`` are in order. ``problems`` are arguments with which dockerd would not have started."""

    flags: t.List[Flag]
    problems: t.List[str]

    def of_key(self, key: str) -> list[Flag]:
        """Return the occurrences of the flag for a key of daemon.json."""
        return [flag for flag in self.flags if flag.option.key == key]

    def of_flag(self, name: str) -> list[Flag]:
        return [flag for flag in self.flags if flag.name == name]


def split_arguments(cmdline: bytes) -> list[str]:
    """Return the arguments in ``/proc/PID/cmdline``, including the name of the program. An empty last argument is kept."""
    if not cmdline:
        return []
    text = cmdline.decode("utf-8", "replace")
    return (text[:-1] if text.endswith("\0") else text).split("\0")


def parse_flags(arguments: list[str], version: tuple[int, int] | None) -> ParsedFlags:
    """Read the arguments after the program's name."""
    long_names = options_by_flag(version)
    short_names = {option.short: option for option in long_names.values() if option.short}
    flags: list[Flag] = []
    problems: list[str] = []
    position = 0
    while position < len(arguments):
        argument = arguments[position]
        start = position
        position += 1
        if argument == "--":
            break
        if argument.startswith("--"):
            name, equals, text = argument[2:].partition("=")
            option = long_names.get(name)
            if option is None:
                problems.append(f"the flag --{name} is not known")
                continue
            if not equals:
                if option.kind == BOOL:
                    text = "true"
                elif position < len(arguments):
                    text = arguments[position]
                    position += 1
                else:
                    problems.append(f"the flag --{name} has no value")
                    continue
            flags.append(Flag(option, name, f"--{name}", text, start))
        elif argument.startswith("-") and len(argument) > 1:
            position = _shorthands(arguments, start, short_names, flags, problems)
        else:
            problems.append("there are arguments that belong to no flag")
    return ParsedFlags(flags, problems)


def _shorthands(
    arguments: list[str], start: int, short_names: dict[str, Option], flags: list[Flag], problems: list[str]
) -> int:
    """Read ``-Dl info``, ``-H=x``, ``-Hx`` or ``-H x`` at ``start``; return the position after it."""
    rest = arguments[start][1:]
    position = start + 1
    while rest:
        letter, rest = rest[0], rest[1:]
        option = short_names.get(letter)
        if option is None:
            problems.append(f"the flag -{letter} is not known")
            return position
        if rest.startswith("="):
            text, rest = rest[1:], ""
        elif option.kind == BOOL:
            text = "true"
        elif rest:
            text, rest = rest, ""
        elif position < len(arguments):
            text = arguments[position]
            position += 1
        else:
            problems.append(f"the flag -{letter} has no value")
            return position
        flags.append(Flag(option, option.flag, f"-{letter}", text, start))
    return position


class BadValue(ValueError):
    """The daemon would not have started with this value of a flag."""


def value_of(flags: list[Flag]) -> t.Any:
    """Return the value of all occurrences of one flag: the last one counts, lists and maps are combined.

    Raises BadValue. ``flags`` must not be empty.
    """
    option = flags[-1].option
    texts = [flag.text for flag in flags]
    if option.kind == BOOL:
        return parse_boolean(texts[-1])
    if option.kind == INT:
        return _integer(texts[-1])
    if option.kind in (STRING_MAP, ULIMITS):
        # An entry without "=" is a name with an empty value, as in the engine.
        return {name: value for name, _equals, value in (text.partition("=") for text in texts)}
    if option.kind == RUNTIMES:
        return {name.lower(): {"path": path} for name, _equals, path in (text.partition("=") for text in texts)}
    if option.kind == BOOL_MAP:
        pairs = (text.partition("=") for text in texts)
        return {name: parse_boolean(value) if equals else True for name, equals, value in pairs}
    if option.kind == MAP_MAP:
        return _map_of_maps(texts)
    if option.kind == POOLS:
        return [_pool(text) for text in texts]
    if option.is_collection:
        return texts
    return texts[-1]


def parse_boolean(text: str) -> bool:
    """Parse a boolean as Go does. Raises BadValue."""
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise BadValue(f"{text!r} is neither true nor false")


def _integer(text: str) -> int:
    # Go takes 0x1f, 0o17 and 1_000 as well.
    if len(text) > 40:
        raise BadValue("the number is too long")
    digits = text.lstrip("+-")
    octal = len(digits) > 1 and digits.startswith("0") and digits.replace("_", "").isdigit()
    try:
        return int(text, 8 if octal else 0)
    except ValueError:
        raise BadValue(f"{text!r} is not a whole number") from None


def _map_of_maps(texts: list[str]) -> dict[str, dict[str, str]]:
    """Parse ``bridge=com.docker.network.driver.mtu=1200``."""
    result: dict[str, dict[str, str]] = {}
    for text in texts:
        driver, _equals, rest = text.partition("=")
        name, _equals, value = rest.partition("=")
        result.setdefault(driver, {})[name] = value
    return result


def _pool(text: str) -> dict[str, t.Any]:
    """Parse ``base=172.30.0.0/16,size=24``."""
    pool: dict[str, t.Any] = {}
    for part in text.split(","):
        name, _equals, value = part.partition("=")
        pool[name.strip().lower()] = value.strip()
    if "size" in pool:
        pool["size"] = _integer(pool["size"])
    return pool
