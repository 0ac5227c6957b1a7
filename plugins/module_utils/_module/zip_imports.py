# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of a zip archive are compiled once. Ansible brings a module and what it imports as such an archive, and Python from
3.10 on compiles each of its files twice: once for the name of the file alone. Importing this is enough; it must come before
the imports that shall gain by it."""

from __future__ import annotations

import sys
import zipimport


class OnceCompiled(zipimport.zipimporter):
    """Names a file without compiling it."""

    def get_filename(self, fullname: str) -> str:
        end = "/__init__.py" if self.is_package(fullname) else ".py"
        return f"{self.archive}/{self.prefix}{fullname.rpartition('.')[2]}{end}"


sys.path_hooks[:] = [OnceCompiled if hook is zipimport.zipimporter else hook for hook in sys.path_hooks]
