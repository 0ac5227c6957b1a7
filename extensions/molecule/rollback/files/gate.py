# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An authorization plugin that allows everything, and notes what it was asked."""

from __future__ import annotations

import http.server
import json
import os
import socketserver

SOCKET = "/run/docker/plugins/gate.sock"
LOG = "/var/log/gate.log"


class Gate(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        if self.path == "/Plugin.Activate":
            answer: dict[str, object] = {"Implements": ["authz"]}
        else:
            answer = {"Allow": True}
            with open(LOG, "a", encoding="utf-8") as stream:
                stream.write(f"{asked.get('RequestMethod')} {asked.get('RequestUri')}\n")
        content = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_words: object) -> None:
        """Clients of this kind of socket have no address, which the log of the base class wants."""


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


if __name__ == "__main__":
    os.makedirs(os.path.dirname(SOCKET), exist_ok=True)
    with Server(SOCKET, Gate) as server:
        server.serve_forever()
