# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the action plugins share: options without tracebacks, answers of hosts within limits, messages without controls."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure, AnsibleError
from ansible.plugins.action import ActionBase

from ansible_collections.seawall.docker.plugins.module_utils._host.visible import visible, visible_result
from ansible_collections.seawall.docker.plugins.module_utils._module.collecting import collect_seldom
from ansible_collections.seawall.docker.plugins.plugin_utils import _reading, _variables
from ansible_collections.seawall.docker.plugins.plugin_utils._what_to_try import with_hint

Json = dict[str, t.Any]

_COLLECTION = Path(__file__).resolve().parents[2]

# Variables that decide what the controller reads, writes and demands.
_OURS = (*_variables.PREFIXES, "limits_", "__audit_", "__remediate_", "__userns_migrate_")


# Options that hold whole documents of hosts have limits of their own. Aliases make the others large.
_DOCUMENTS = ("posture", "findings", "hosts")
_MAX_VALUES = 100_000


class Refused(Exception):
    """The task cannot begin, for what its options or variables hold. The message is one sentence."""


class HostFault(Exception):
    """The host could not be asked; ``outcome`` is ``failed`` or ``unreachable``, ``error`` the reason with what to try."""

    def __init__(self, outcome: str, reason: str, host: str | None = None) -> None:
        self.outcome = outcome
        self.reason = reason
        self.error = with_hint(reason, host, outcome == "unreachable") if host is not None else reason
        super().__init__(self.error)


class Action(ActionBase):
    """An action plugin whose ``answer`` is its result. A failure of ours is raised as one of ``FAULTS``."""

    TRANSFERS_FILES = False
    FAULTS: tuple[type[Exception], ...] = ()

    def answer(self, variables: Json) -> Json:
        raise NotImplementedError

    def failure(self, message: str, variables: Json) -> Json:
        """What a failed task returns beside ``failed`` and ``msg``."""
        return {}

    def run(self, tmp: str | None = None, task_vars: Json | None = None) -> Json:
        result: Json = super().run(tmp, task_vars)
        variables = task_vars or {}
        faults: tuple[type[Exception], ...] = (Refused, *self.FAULTS)
        try:
            _refuse_variables_of_the_host(variables)
            result.update(self.answer(variables))
        except HostFault as fault:
            # A host that is unreachable is that in Ansible's recap as well.
            ended = {"unreachable" if fault.outcome == "unreachable" else "failed": True}
            result.update(ended, msg=fault.error, **self.failure(fault.error, variables))
        except faults as error:
            result.update(failed=True, msg=str(error), **self.failure(str(error), variables))
        return visible_result(result)

    def options(self, specification: Json, **rules: t.Any) -> Json:
        """The task's options as specified. Raises Refused."""
        try:
            _checked, options = self.validate_argument_spec(specification, **rules)
        except AnsibleActionFail as error:
            raise Refused(one_line(error)) from None
        found: Json = options
        for name, value in found.items():
            try:
                if name not in _DOCUMENTS:
                    _reading.check_bounds(value, _MAX_VALUES)
            except _reading.Unreadable as problem:
                raise Refused(f"the option {name} {problem}") from None
        return found

    def is_task_of_the_collection(self) -> bool:
        path = Path(str(self._task.get_path() or "").rpartition(":")[0])
        return _COLLECTION in path.resolve().parents

    def refuse_unknown_variables(self, variables: Json) -> None:
        """Raise Refused for a misspelt variable where the task is one of the collection's own roles and playbooks.

        In a play of somebody else, names of variables are that play's affair.
        """
        if not self.is_task_of_the_collection():
            return
        message = _variables.refusal(variables)
        if message is not None:
            raise Refused(visible(message))

    def ask(self, module: str, arguments: Json, variables: Json) -> Json:
        """What a module answers from the host. Raises HostFault for what is no answer, and for one without end."""
        try:
            collect_seldom()
            answer = self._execute_module(module_name=module, module_args=arguments, task_vars=variables)
            _reading.check_bounds(answer)
        except AnsibleConnectionFailure as error:
            raise HostFault("unreachable", one_line(error), host_name(variables)) from None
        except AnsibleError as error:  # such as a become method that the host does not have
            raise HostFault("failed", one_line(error), host_name(variables)) from None
        except _reading.Unreadable as problem:
            raise HostFault("failed", f"the answer of {module} {problem}") from None
        except (AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
            fault = one_line(error) or "no reason"
            raise HostFault(
                "failed", f"the host does not answer as {module} does ({type(error).__name__}: {fault})"
            ) from None
        if not isinstance(answer, dict):
            raise HostFault("failed", f"the host does not answer as {module} does: it sent no mapping")
        return answer


def host_name(variables: Json) -> str:
    return str(variables.get("inventory_hostname", "localhost"))


def one_line(text: t.Any) -> str:
    return visible(" ".join(str(text).split())[:500])


def _refuse_variables_of_the_host(variables: Json) -> None:
    """Facts come from the host, and Ansible lets them outweigh inventory and defaults: a host would judge itself."""
    facts = variables.get("ansible_facts")
    if not isinstance(facts, dict):
        return
    taken = [name for name in facts if str(name).startswith(_OURS) and variables.get(name) == facts[name]]
    if taken:
        names = ", ".join(sorted(map(str, taken))[:5])
        raise Refused(
            visible(
                f"the facts of {host_name(variables)} set {names}. Facts come from the host, which must not choose how it"
                " is audited: set these variables in the play or with --extra-vars, and clear the facts"
            )
        )
