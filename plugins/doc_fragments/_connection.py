# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options with which modules of this collection connect to an engine.

Private to this collection.
"""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
---
options:
  docker_host:
    description:
      - The address of the Docker Engine's API.
      - Without it, the module uses the engine of the managed host, which root runs. It finds the address of the socket from
        the running daemon, also if it is not the usual one. If that engine does not run, a user without root uses their own
        rootless engine.
      - Root uses the engine of another user only if this option names its socket, and then only with the rights of that
        user. Modules that change something refuse such an engine.
      - V(unix:///path) needs only Python's standard library. V(tcp://host:port) and V(ssh://user@host) need the
        L(Docker SDK for Python, https://docker-py.readthedocs.io/). With these only the API can be read, and facts from
        files and processes of that host are reported as unread.
    type: str
  tls:
    description:
      - Encrypt the connection to a V(tcp://) address, without checking the certificate of the engine.
      - Set O(validate_certs=true) to check it as well.
    type: bool
    default: false
  validate_certs:
    description:
      - Encrypt the connection to a V(tcp://) address, and check that a trusted certificate authority
        signed the certificate of the engine, and that the certificate is for the host name of the engine.
    type: bool
    default: false
    aliases:
      - tls_verify
  ca_path:
    description:
      - The file on the managed host with the authorities that may sign the certificate of the engine.
      - Used with O(validate_certs=true). Without it, Python's default authorities are trusted.
    type: path
  client_cert:
    description:
      - The file on the managed host with the client certificate.
      - Needs O(client_key).
    type: path
  client_key:
    description:
      - The file on the managed host with the private key of O(client_cert).
    type: path
  timeout:
    description:
      - How many seconds to wait for each answer of the engine.
    type: int
    default: 30
notes:
  - Nothing is changed on the managed host. The Engine API is only read.
  - If the engine is stopped and systemd listens on its socket, the engine is not asked, since a connection would start it.
  - Facts that the user is not permitted to read are reported as unread. To see everything, use C(become=true).
"""
