# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an argument of the daemon was written."""

from __future__ import annotations

import pytest

from ansible_collections.seawall.docker.plugins.module_utils._daemon.units import Argument
from ansible_collections.seawall.docker.plugins.module_utils._posture.daemon.options import Setup

UNIT = "/lib/systemd/system/docker.service"


@pytest.mark.parametrize(
    ("arguments", "written", "source"),
    [
        (["-D", "-l", "warn"], ["-D", "-l", "warn"], UNIT),
        # The unit was changed since, and this argument is in it as before.
        (["-l", "warn"], ["--icc=false", "-l", "warn"], UNIT),
        (["-Hfd://"], ["--icc=false", "-Hfd://"], UNIT),
        (["-D"], ["--icc=false", "-D"], UNIT),
        (["--icc=false"], ["-D", "--icc=false"], UNIT),
        # The same flag with another value is another argument.
        (["-l", "warn"], ["-l", "info"], "-l"),
        (["-Htcp://192.0.2.1:2376"], ["-Hfd://"], "-H"),
        # Nobody wrote it into a file; the value may be a secret and is not told.
        (["-H", "tcp://192.0.2.1:2376"], [], "-H"),
        (["--label=secret"], [], "--label"),
    ],
)
def test_an_argument_is_of_the_file_that_holds_it(arguments: list[str], written: list[str], source: str) -> None:
    setup = Setup.__new__(Setup)
    setup.arguments = arguments
    setup.written = [Argument(text, "systemd_unit", UNIT) for text in written]

    kind = "systemd_unit" if source == UNIT else "flag"
    assert setup.argument_origin(0) == {"kind": kind, "source": source}
