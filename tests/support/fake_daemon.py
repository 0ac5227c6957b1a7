# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run by an attacker on a host: a process named dockerd that answers as an engine, with answers from a file.

Arguments: the socket, the file of answers, and the command line that /proc shows of it. The program's file is a copy of
Python; once it runs, a script is put in its place.
"""

from __future__ import annotations

import ctypes
import http.server
import json
import os
import socketserver
import sys
from urllib.parse import parse_qsl, urlsplit

SCRIPT = "#!/bin/sh\nid -u >> {home}/ran\necho 'Docker version 26.1.5, build x'\n"


def show_as(line: list[str]) -> None:
    """Overwrite the process's own arguments, as any process can."""
    with open("/proc/self/stat", encoding="ascii") as stream:
        fields = stream.read().rpartition(")")[2].split()
    start, end = int(fields[45]), int(fields[46])
    text = b"\0".join(word.encode() for word in line) + b"\0"
    ctypes.memset(start, 0, end - start)
    ctypes.memmove(start, text, min(len(text), end - start))


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    answers: dict[str, object] = {}

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        path = "/" + parts.path.split("/", 2)[2] if parts.path.startswith("/v") else parts.path
        query = {key: 1 if value == "1" else value for key, value in parse_qsl(parts.query)}
        body = b"OK"
        status = 200
        if path != "/_ping":
            entry = self.answers.get(json.dumps([path, query] if query else [path]))
            status = 200 if entry is not None else 404
            body = json.dumps(entry if entry is not None else {"message": "no such thing"}).encode()
        self.send_response(status)
        self.send_header("Api-Version", "1.41")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, *_arguments: object) -> None:
        pass

    def address_string(self) -> str:
        return ""


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True


def main() -> None:
    path, answers, *line = sys.argv[1:]
    with open(answers, encoding="utf-8") as stream:
        Answer.answers = json.load(stream)
    program = os.readlink("/proc/self/exe")
    server = Server(path, Answer)
    os.chmod(path, 0o666)
    show_as(line)
    home = os.path.dirname(program)
    os.unlink(program)
    with open(program, "w", encoding="utf-8") as stream:
        stream.write(SCRIPT.format(home=home))
    os.chmod(program, 0o755)
    server.serve_forever()


if __name__ == "__main__":
    main()
