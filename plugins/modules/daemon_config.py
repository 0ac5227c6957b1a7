#!/usr/bin/python
# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
---
module: daemon_config
short_description: Set and remove options in the configuration file of the Docker Engine
version_added: 0.1.0
author:
  - seawall.docker contributors (@seawall-docker)
description:
  - Merges options into C(daemon.json). Everything else in the file stays as it is, with its order and indentation. The
    module changes the file that the daemon reads, also if the flag C(--config-file) names another one.
  - The module refuses options with which the engine would not start or which it would ignore. These are options that this
    version of the engine does not have, options with a value of the wrong type, and options that are also set by a flag of
    the daemon. For a flag, the message names the unit file, drop-in or environment file that contains it.
  - If the engine is 23.0 or later, C(dockerd --validate) of the host also checks the new file, with the flags of the
    daemon. This is not done if the validation itself would change something on the host.
  - The module does not reload or restart the engine. RV(needs) says what the engine needs, and RV(restore) how to undo the
    change. Pass both to M(seawall.docker.engine_restart), which restores the old file if the engine does not start.
  - If a run was killed after it wrote the file and before the engine was restarted, the next run changes nothing, but
    RV(needs) and RV(restore) still say what must be done.
options:
  options:
    description:
      - The options to set, by their names in C(daemon.json).
      - Options that are maps, such as C(log-opts), are merged with those in the file. Lists are replaced.
        Use O(list_add) and O(list_remove) to change a list.
      - The proxy options C(http-proxy), C(https-proxy) and C(no-proxy) are written into the object C(proxies), because
        the engine reads them only there.
      - Values must have the type that the engine requires. For example, C(log-opts) needs the strings V("3") and V("10m"),
        not numbers.
    type: dict
    default: {}
  secret_options:
    description:
      - Options to set whose values are credentials, such as a proxy address with a password. They are never logged or
        returned.
    type: dict
    default: {}
  remove:
    description:
      - The options to remove from the file. A name such as V(log-opts.max-file) removes one entry of a map.
    type: list
    elements: str
    default: []
  list_add:
    description:
      - Items to add to options that are lists, if they are missing. A dictionary of option to list of items.
    type: dict
    default: {}
  list_remove:
    description:
      - Items to remove from options that are lists. A dictionary of option to list of items.
      - A list that becomes empty stays in the file, since a reload of the engine would otherwise keep the old items.
    type: dict
    default: {}
  allow_duplicates:
    description:
      - Whether to change a file in which a key appears more than once. The engine uses the last one without a message, so
        this is refused by default.
      - With V(true), each such key is written once, with the value that the engine uses.
    type: bool
    default: false
  backup:
    description:
      - Whether to copy the file to the same directory before it is changed.
      - Without a copy, M(seawall.docker.engine_restart) cannot restore the file, and RV(restore) is empty.
    type: bool
    default: true
  max_needs:
    description:
      - The most that the engine may need afterwards, as in RV(needs). A change that needs more is refused.
      - What was changed before and is not in force yet counts as well.
    type: str
    choices:
      - none
      - reload
      - restart
    default: restart
  docker_host:
    description:
      - The unix socket of the engine of this host, such as V(unix:///var/run/docker.sock). Without it, the module
        finds the socket.
    type: str
  timeout:
    description:
      - How many seconds to wait for each answer of the engine.
    type: int
    default: 30
extends_documentation_fragment:
  - seawall.docker._attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details:
      - Credentials are masked in the diff. For labels, arguments of runtimes and options whose names suggest credentials,
        only the names are shown.
  idempotent:
    support: full
  platform:
    support: full
    platforms: posix
  safe_file_operations:
    description: Replaces files as a whole, so that a file always has either the old or the new content.
    support: full
notes:
  - If the user or group of C(userns-remap) does not exist, the option is refused. In check mode it is accepted, because the
    user may be created later.
  - Needs root. For a rootless engine, its user must run the module.
  - The engine checks its log driver, storage driver and some other options only when it starts. Therefore use
    M(seawall.docker.engine_restart) afterwards.
seealso:
  - module: seawall.docker.engine_restart
  - module: seawall.docker.subid
  - module: seawall.docker.undo
"""

EXAMPLES = r"""
---
- name: Limit the size of container logs, and switch off traffic between containers of the default bridge
  seawall.docker.daemon_config:
    options:
      icc: false
      log-driver: json-file
      log-opts:
        max-size: 10m
        max-file: "3"
  register: config
  become: true

- name: Apply the change, and roll back if the engine does not start
  seawall.docker.engine_restart:
    mode: "{{ config.needs }}"
    restore: "{{ config.restore }}"
  when: config.needs != 'none'
  become: true

- name: No longer trust a registry without encryption
  seawall.docker.daemon_config:
    list_remove:
      insecure-registries:
        - registry.example.com:5000
    remove:
      - debug
  become: true

- name: Use a proxy that wants a password
  seawall.docker.daemon_config:
    secret_options:
      https-proxy: "http://docker:{{ proxy_password }}@proxy.example.com:3128"
  become: true
"""

RETURN = r"""
---
path:
  description: The configuration file of the daemon.
  returned: success
  type: str
  sample: /etc/docker/daemon.json
backup_file:
  description:
    - The copy of the file with which the engine runs. V(null) if there was no file, or if nothing was changed.
    - If an earlier run was killed, the copy that this run made.
  returned: success
  type: str
  sample: /etc/docker/daemon.json.4711.2026-01-01@12:00:00~
needs:
  description:
    - What the running engine needs to use the file, V(none), V(reload) or V(restart).
    - An engine that does not run needs V(restart), unless nothing changed.
  returned: success
  type: str
  sample: restart
changed_keys:
  description: The options whose value differs from the one with which the engine runs, sorted.
  returned: success
  type: list
  elements: str
  sample: [icc, log-opts]
containers_hidden:
  description:
    - Whether the engine shows other images and containers once C(userns-remap) is in force as the file has it, for
      O(seawall.docker.engine_restart#module:containers_hidden). Containers that live restore keeps running would then
      belong to no engine.
  returned: success
  type: bool
  sample: false
expect:
  description: Facts that must hold once the file is in force, for O(seawall.docker.engine_restart#module:expect).
  returned: success
  type: dict
  sample: {}
pending:
  description: Whether an earlier run already wrote the file, and the engine does not use it yet.
  returned: success
  type: bool
  sample: false
restore:
  description:
    - How to undo the change, for the options O(seawall.docker.engine_restart#module:restore) and
      O(seawall.docker.undo#module:restore).
  returned: success
  type: list
  elements: dict
  sample:
    - path: /etc/docker/daemon.json
      backup_file: /etc/docker/daemon.json.4711.2026-01-01@12:00:00~
validated_by:
  description: What checked the result. V(engine) is the engine itself, V(schema) only the rules of this collection.
  returned: success
  type: str
  sample: engine
validation_note:
  description: Why the engine itself did not check the file. Empty if it did.
  returned: success
  type: str
  sample: engines before 23.0 cannot validate a configuration
engine_version:
  description: The version of the engine for which the options were checked.
  returned: success
  type: str
  sample: 26.1.5+dfsg1
diff:
  description: The file before and after. Credentials are masked.
  returned: success
  type: dict
  contains:
    before:
      description: The text before. Empty if there was no file.
      returned: success
      type: str
      sample: ""
    after:
      description: The text after.
      returned: success
      type: str
      sample: "{\n  \"icc\": false\n}\n"
    before_header:
      description: The file's path.
      returned: success
      type: str
      sample: /etc/docker/daemon.json
    after_header:
      description: The file's path.
      returned: success
      type: str
      sample: /etc/docker/daemon.json
"""

from ansible_collections.seawall.docker.plugins.module_utils._module.masked import AnsibleModule
from ansible_collections.seawall.docker.plugins.module_utils._daemon.config_records import LEVELS
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config.run import (
    Request,
    run,
)
from ansible_collections.seawall.docker.plugins.module_utils._daemon_config.wanted import Wanted
from ansible_collections.seawall.docker.plugins.module_utils._module.ending import run_and_exit


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            # These may hold credentials as well: the class masks what is shown of them, and keeps the rest readable.
            "options": {"type": "dict", "default": {}, "no_log": False},
            "secret_options": {"type": "dict", "default": {}, "no_log": True},
            "remove": {"type": "list", "elements": "str", "default": []},
            "list_add": {"type": "dict", "default": {}},
            "list_remove": {"type": "dict", "default": {}},
            "allow_duplicates": {"type": "bool", "default": False},
            "backup": {"type": "bool", "default": True},
            "max_needs": {"type": "str", "choices": list(LEVELS), "default": "restart"},
            "docker_host": {"type": "str"},
            "timeout": {"type": "int", "default": 30},
        },
        supports_check_mode=True,
        # Ansible would write the options, credentials and all, into the host's own log.
        no_log=True,
    )
    parameters = module.params
    for name in ("list_add", "list_remove"):
        odd = [key for key, items in parameters[name].items() if not isinstance(items, list)]
        if odd:
            module.fail_json(msg=f"{name} must hold a list for each option, and {', '.join(odd)} has none")
    twice = sorted(set(parameters["options"]) & set(parameters["secret_options"]))
    if twice:
        module.fail_json(msg=f"{', '.join(twice)} stands in options and in secret_options")
    request = Request(
        Wanted(
            {**parameters["options"], **parameters["secret_options"]},
            parameters["remove"],
            parameters["list_add"],
            parameters["list_remove"],
            parameters["allow_duplicates"],
        ),
        parameters["backup"],
        parameters["docker_host"],
        parameters["timeout"],
        module.check_mode,
        parameters["max_needs"],
    )
    run_and_exit(module, run, request)


if __name__ == "__main__":
    main()
