# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits of single block devices: as a container's configuration has them, and as the kernel holds them."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._cgroup.first_process import UNIFIED
from ansible_collections.seawall.docker.plugins.module_utils._cgroup.tree import CgroupTree, ancestors
from ansible_collections.seawall.docker.plugins.module_utils._host.unread import Unread


class Kind(t.NamedTuple):
    """One kind of throttle: its key in ``HostConfig``, its file of version 1 and its key in ``io.max`` of version 2."""

    configured: str
    file: str
    key: str


# Bytes and operations a second.
KINDS = {
    "read_bps": Kind("BlkioDeviceReadBps", "blkio.throttle.read_bps_device", "rbps"),
    "write_bps": Kind("BlkioDeviceWriteBps", "blkio.throttle.write_bps_device", "wbps"),
    "read_iops": Kind("BlkioDeviceReadIOps", "blkio.throttle.read_iops_device", "riops"),
    "write_iops": Kind("BlkioDeviceWriteIOps", "blkio.throttle.write_iops_device", "wiops"),
}
_DEVICE = re.compile(r"[0-9]{1,7}:[0-9]{1,7}")
_MOST_LINES = 1000

Rates = t.Dict[t.Tuple[str, str], int]  # (number of the device such as "8:0", name of the kind): rate


def declared_throttles(host_config: dict[str, t.Any]) -> dict[tuple[str, str], int]:
    """Return the rates that the configuration has, by path of the device and name of the kind."""
    found = {}
    for name, kind in KINDS.items():
        for entry in host_config.get(kind.configured) or []:
            rate = entry.get("Rate") if isinstance(entry, dict) else None
            if isinstance(rate, int) and rate > 0:
                found[str(entry.get("Path") or ""), name] = rate
    return found


def enforced_throttles(tree: CgroupTree, paths: dict[str, str]) -> Rates:
    """Return the rates that the kernel holds. With version 2 those of the groups above count, too. Raises Unread."""
    hierarchy = UNIFIED if tree.version == 2 else "blkio"
    if hierarchy not in paths or (tree.version == 1 and hierarchy not in tree.mounted):
        return {}
    own = paths[hierarchy]
    tree.require_group(hierarchy, own)
    found: Rates = {}
    if tree.version == 2:
        for group in ancestors(own):
            for place, rate in parse_io_max(tree.read(hierarchy, group, "io.max") or "").items():
                found[place] = min(rate, found.get(place, rate))
        return found
    for name, kind in KINDS.items():
        for device, rate in parse_device_rates(tree.read(hierarchy, own, kind.file) or "").items():
            found[device, name] = rate
    return found


def parse_device_rates(text: str) -> dict[str, int]:
    """Return the rates in ``8:0 1048576``, a line each. Raises Unread for a line that is not understood."""
    rates = {}
    for line in _lines(text):
        device, _space, rate = line.partition(" ")
        if not _DEVICE.fullmatch(device) or not re.fullmatch(r"[0-9]{1,20}", rate):
            raise Unread(f"a limit of a device is not understood: {line[:60]!r}")
        rates[device] = int(rate)
    return rates


def parse_io_max(text: str) -> Rates:
    """Return the rates in ``8:0 rbps=1048576 wbps=max riops=max wiops=max``, a line each. Raises Unread."""
    names = {kind.key: name for name, kind in KINDS.items()}
    rates: Rates = {}
    for line in _lines(text):
        device, *words = line.split()
        for word in words:
            key, _equals, rate = word.partition("=")
            if not _DEVICE.fullmatch(device) or not re.fullmatch(r"max|[0-9]{1,20}", rate):
                raise Unread(f"a limit of a device is not understood: {line[:60]!r}")
            if rate != "max" and key in names:
                rates[device, names[key]] = int(rate)
    return rates


def _lines(text: str) -> list[str]:
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) > _MOST_LINES:
        raise Unread(f"more than {_MOST_LINES} devices have limits", "bound")
    return lines


def compared(
    declared: dict[tuple[str, str], int], enforced: Rates, number_of: t.Callable[[str], str | None]
) -> list[dict[str, t.Any]]:
    """Return each rate as configured and as held, ordered by device and kind.

    ``number_of`` gives the number of the device at a path, or None where there is none.
    """
    rows = []
    held = dict(enforced)
    for (path, name), rate in declared.items():
        number = number_of(path)
        value = held.pop((number, name), None) if number is not None else None
        rows.append(_row(path, number, name, rate, value))
    rows += [_row(None, number, name, None, rate) for (number, name), rate in held.items()]
    return sorted(rows, key=lambda row: (row["device"] or "", row["number"] or "", row["limit"]))


def _row(
    path: str | None, number: str | None, name: str, declared: int | None, enforced: int | None
) -> dict[str, t.Any]:
    if declared is None:
        verdict = "undeclared"
    elif enforced is None:
        verdict = "not_enforced"
    else:
        verdict = "equal" if declared == enforced else "differs"
    return {
        "device": path,
        "number": number,
        "limit": name,
        "declared": declared,
        "enforced": enforced,
        "verdict": verdict,
    }
