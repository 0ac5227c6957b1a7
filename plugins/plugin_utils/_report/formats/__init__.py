# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What other programs read. Each is written from the condensed documents piece by piece, and is off unless it is asked for."""

from __future__ import annotations

import importlib
import typing as t

from ansible_collections.seawall.docker.plugins.plugin_utils._report import files, intake

Documents = t.Sequence[intake.Document]

# By the name of the format, the module here that writes it, imported only for who asks for the format: of one file, ``NAME`` and
# ``pieces``; of a file for each host, ``name_of`` and ``of_host``.
_ONE_FILE = {
    "csv": "csv_lines",
    "cyclonedx-vex": "cyclonedx_vex",
    "defectdojo": "defectdojo",
    "junit": "junit",
    "markdown": "markdown",
    "ocsf": "ocsf",
    "openvex": "openvex",
    "oscal": "oscal",
    "prometheus": "prometheus",
    "sarif": "sarif",
}
_HOST_FILES = {"hdf": "hdf", "todo": "todo"}
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
            file, pieces = _one_file(name)
            yield folder.write(file, pieces(whole, documents))
        else:
            writer = _writer(_HOST_FILES[name])
            for document in documents:
                yield folder.write(writer.name_of(document), writer.of_host(document))


def _one_file(name: str) -> tuple[str, t.Callable[[intake.Document, Documents], t.Iterator[str]]]:
    writer = _writer(_ONE_FILE[name])
    return writer.NAME, writer.pieces


def _writer(module: str) -> t.Any:
    return importlib.import_module(f"{__name__}.{module}")
