# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's side of seawall.docker.isolation_proof."""

from __future__ import annotations

from ansible_collections.seawall.docker.plugins.plugin_utils._proof_action import ProofAction
from ansible_collections.seawall.docker.plugins.plugin_utils._report import proofs


class ActionModule(ProofAction):
    MODULE = "isolation_proof"
    KIND = proofs.ISOLATION
