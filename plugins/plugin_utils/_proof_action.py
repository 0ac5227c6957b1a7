# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's side of proofs: the host proves, and the result is kept here."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible_collections.seawall.docker.plugins.plugin_utils._action import Action, host_name
from ansible_collections.seawall.docker.plugins.plugin_utils._report import files, proofs

Json = dict[str, t.Any]


class ProofAction(Action):
    MODULE: str
    KIND: proofs.Kind

    _supports_check_mode = True
    _supports_async = False
    FAULTS = (files.ReportError,)

    def answer(self, variables: Json) -> Json:
        self.refuse_unknown_variables(variables)
        arguments = dict(self._task.args)
        directory = arguments.pop("report_directory", None)
        result = self.ask(f"seawall.docker.{self.MODULE}", arguments, variables)
        # A proof knows no facts, and a host must not set variables by one.
        result.pop("ansible_facts", None)
        if not directory or result.get("failed") or result.get("unreachable") or self._task.check_mode:
            return result
        host = host_name(variables)
        try:
            with files.Folder(str(Path(str(directory)).expanduser().absolute())) as folder:
                result["proof_file"] = folder.write(
                    proofs.file_name(host, self.KIND), files.as_json(proofs.document(host, result, self.KIND))
                )
        except files.ReportError as error:
            result.update(failed=True, msg=str(error))
        return result
