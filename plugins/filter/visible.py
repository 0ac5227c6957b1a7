# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter of the roles' messages: Ansible prints a message as it is, whoever wrote parts of it."""

from __future__ import annotations

DOCUMENTATION = r"""
---
name: visible
short_description: Escape characters that would control a terminal
version_added: 0.1.0
author:
  - seawall.docker contributors (@seawall-docker)
description:
  - Replaces control characters, escape sequences, bidirectional overrides and other unprintable characters by visible
    escapes, such as C(\x1b) and C(\u202e).
  - Use it for messages that quote names, files or answers of hosts. Ansible prints a message as it is.
positional: _input
options:
  _input:
    description: The text, or a list of texts.
    type: raw
    required: true
"""

EXAMPLES = r"""
---
- name: Show the content of a file of the host
  ansible.builtin.fail:
    msg: "{{ content | seawall.docker.visible }}"
"""

RETURN = r"""
---
_value:
  description: The text in printable characters on one line, or a list of such texts.
  type: raw
"""

import typing as t

from ansible_collections.seawall.docker.plugins.module_utils._host.visible import visible


def made_visible(value: t.Any) -> t.Any:
    if isinstance(value, (list, tuple)):
        return [made_visible(item) for item in value]
    return visible(str(value))


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"visible": made_visible}
