# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one table of what a status of ours is in the formats of others. None of theirs has all six.

What is unknown is never what passed, and it is in every format.
"""

from __future__ import annotations

import typing as t

HOME = "https://github.com/seawall-docker/seawall.docker"


class Meaning(t.NamedTuple):
    """A status in each format. ``None`` means that the format only counts it."""

    sarif: str | None
    junit: str | None
    hdf: str
    ocsf: int
    oscal: str | None
    defectdojo: bool


STATUSES: dict[str, Meaning] = {
    "pass": Meaning(sarif=None, junit=None, hdf="passed", ocsf=1, oscal="satisfied", defectdojo=False),
    "fail": Meaning(sarif="fail", junit="failure", hdf="failed", ocsf=3, oscal="not-satisfied", defectdojo=True),
    "manual": Meaning(sarif="review", junit="skipped", hdf="skipped", ocsf=2, oscal=None, defectdojo=True),
    "not_applicable": Meaning(sarif=None, junit="skipped", hdf="skipped", ocsf=99, oscal=None, defectdojo=False),
    "waived": Meaning(sarif="fail", junit="skipped", hdf="failed", ocsf=99, oscal="not-satisfied", defectdojo=True),
    "unknown": Meaning(sarif="open", junit="error", hdf="error", ocsf=0, oscal=None, defectdojo=True),
}
