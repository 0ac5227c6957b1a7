# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What other programs read. Each is written from the condensed documents piece by piece, and is off unless it is asked for."""

from __future__ import annotations

import importlib
import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._report import files, intake
from ansible_collections.seawall.docker.plugins.plugin_utils._report.formats import (
    csv_lines,
    cyclonedx_vex,
    defectdojo,
    hdf,
    junit,
    markdown,
    ocsf,
    openvex,
    oscal,
    prometheus,
    sarif,
    todo,
)

Documents = t.Sequence[intake.Document]

# By the name of the format: the file, and what yields its content.
_ONE_FILE: dict[str, tuple[str, t.Callable[[intake.Document, Documents], t.Iterator[str]]]] = {
    "csv": (csv_lines.NAME, csv_lines.pieces),
    "cyclonedx-vex": (cyclonedx_vex.NAME, cyclonedx_vex.pieces),
    "defectdojo": (defectdojo.NAME, defectdojo.pieces),
    "junit": (junit.NAME, junit.pieces),
    "markdown": (markdown.NAME, markdown.pieces),
    "ocsf": (ocsf.NAME, ocsf.pieces),
    "openvex": (openvex.NAME, openvex.pieces),
    "oscal": (oscal.NAME, oscal.pieces),
    "prometheus": (prometheus.NAME, prometheus.pieces),
    "sarif": (sarif.NAME, sarif.pieces),
}
# A file for each host.
_HOST_FILES = {"hdf": (hdf.name_of, hdf.of_host), "todo": (todo.name_of, todo.of_host)}
# Libraries that a format is written with: the module, and what pip calls it.
_LIBRARIES = {
    "ocsf": ("py_ocsf_models", "py-ocsf-models"),
    "oscal": ("trestle", "compliance-trestle"),
    "prometheus": ("prometheus_client", "prometheus-client"),
}
NAMES = tuple(sorted([*_ONE_FILE, *_HOST_FILES]))


def lacking(wanted: t.Iterable[str]) -> dict[str, str]:
    """Return the formats that cannot be written here, each with the sentence that says what to install."""
    found = {}
    for name in wanted:
        module, package = _LIBRARIES.get(name, ("json", ""))
        try:
            importlib.import_module(module)
        except ImportError:
            found[name] = (
                f"The format {name} was not written, because the Python library {package} is missing on the controller."
                f" Run: pip install {package}"
            )
    return found


def write(
    wanted: t.Iterable[str], folder: files.Folder, whole: intake.Document, documents: Documents
) -> t.Iterator[str]:
    """Write the formats and yield the path of each file. Raises ReportError."""
    chosen = set(wanted)
    for name in NAMES:
        if name not in chosen:
            continue
        if name in _ONE_FILE:
            file, pieces = _ONE_FILE[name]
            yield folder.write(file, pieces(whole, documents))
        else:
            name_of, content = _HOST_FILES[name]
            for document in documents:
                yield folder.write(name_of(document), content(document))
