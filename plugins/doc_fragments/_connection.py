# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options by which modules of this collection reach an engine.

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
      - Without it, the module looks at the engine of the managed host itself, which is root's. The address of its socket
        is found from the running daemon, also where it is not the usual one. An unprivileged user who has a rootless
        engine looks at that one where root's does not run.
      - Root looks at the engine of another user only where this option names its socket, and then with no more rights
        than that user has. Modules that change something refuse such an engine.
      - An address V(unix:///path) needs nothing but Python's standard library. V(tcp://host:port) and V(ssh://user@host)
        need the L(Docker SDK for Python, https://docker-py.readthedocs.io/), and from them only the API can be read.
        What the files and processes of that host would show is then reported as unread.
    type: str
  tls:
    description:
      - Encrypt the connection to a V(tcp://) address, without checking the certificate of the engine.
      - Set O(validate_certs=true) to check it as well.
    type: bool
    default: false
  validate_certs:
    description:
      - Encrypt the connection to a V(tcp://) address, and check that the certificate of the engine is signed by
        a certificate authority that is trusted, and is made out to the engine's host name.
    type: bool
    default: false
    aliases:
      - tls_verify
  ca_path:
    description:
      - The file with the certificates of the authorities that may sign the engine's certificate, on the managed host.
      - Used with O(validate_certs=true). Without it, the authorities known to Python are trusted.
    type: path
  client_cert:
    description:
      - The file with the certificate that the module shows to the engine, on the managed host.
      - Goes together with O(client_key).
    type: path
  client_key:
    description:
      - The file with the private key of O(client_cert), on the managed host.
    type: path
  timeout:
    description:
      - How many seconds to wait for each answer of the engine.
    type: int
    default: 30
notes:
  - Nothing is changed on the managed host. The Engine API is only read.
  - An engine that is stopped behind a systemd socket is not asked, since connecting would start it.
  - What the user may not read is reported as unread. To see everything, use C(become=true).
"""
