# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures what the collection costs, and writes docs/performance.md and docs/scaling.md: ``make bench`` (root).

``make bench ARGS='--only fleet --runs 1'`` measures one part, ``ARGS=--print`` leaves the pages as they are. Runs that are
compared are made in turn.
"""

from __future__ import annotations

import argparse
import sys
import typing as t

from ansible_collections.seawall.docker.tests.bench import (
    beside_ping,
    fleet,
    judging,
    masking,
    page,
    scaling,
    tree_copy,
)
from ansible_collections.seawall.docker.tests.bench.machine import Machine

PARTS: dict[str, t.Any] = {
    "audit": beside_ping,
    "judging": judging,
    "fleet": fleet,
    "hosts": scaling,
    "copies": tree_copy,
    "masking": masking,
}


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure what the collection costs.")
    parser.add_argument("--only", action="append", choices=list(PARTS), help="one part; may be given several times")
    parser.add_argument("--runs", type=int, help="how often each is run")
    parser.add_argument(
        "--print", action="store_true", dest="dry", help="print the tables and leave the pages as they are"
    )
    for name, part in PARTS.items():
        parser.add_argument(f"--{name}-sizes", help=f"instead of {part.SIZES}" if part.SIZES else argparse.SUPPRESS)
    options = parser.parse_args()
    chosen = {name: PARTS[name] for name in options.only or PARTS}
    faults = 0
    try:
        # Not after a quarter of an hour.
        page.check(place for part in chosen.values() for place in part.PLACES)
        for name, part in chosen.items():
            print(f"{name} …", flush=True)
            machine = Machine()
            runs = options.runs or part.RUNS
            results = part.measure(getattr(options, f"{name}_sizes") or part.SIZES, runs)
            for one in results.tables:
                print(f"{page.table(one.head, one.rows)}\n", flush=True)
            for fault in results.faults:
                print(fault, flush=True)
            faults += len(results.faults)
            # Each part as soon as it is there, so that what ends a later one loses nothing.
            if not options.dry:
                for path in page.write([results], machine.line(runs)):
                    print(f"{path} is written.", flush=True)
    except page.PageError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
