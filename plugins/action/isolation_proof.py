# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's side of seawall.docker.isolation_proof: the host proves, and the result is kept here."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible.plugins.action import ActionBase

from ansible_collections.seawall.docker.plugins.plugin_utils._report import files, proofs

Json = dict[str, t.Any]


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False

    def run(self, tmp: str | None = None, task_vars: Json | None = None) -> Json:
        result: Json = super().run(tmp, task_vars)
        variables = task_vars or {}
        arguments = dict(self._task.args)
        directory = arguments.pop("report_directory", None)
        result.update(
            self._execute_module(
                module_name="seawall.docker.isolation_proof", module_args=arguments, task_vars=variables
            )
        )
        if not directory or result.get("failed") or result.get("unreachable") or self._task.check_mode:
            return result
        host = str(variables.get("inventory_hostname", "localhost"))
        try:
            with files.Folder(str(Path(str(directory)).expanduser().absolute())) as folder:
                result["proof_file"] = folder.write(
                    proofs.file_name(host), files.as_json(proofs.document(host, result))
                )
        except files.ReportError as error:
            result.update(failed=True, msg=str(error))
        return result
