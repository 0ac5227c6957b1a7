# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# make help                                         this list
# make audit                                        this machine
# make audit INVENTORY=hosts.yml ARGS='--limit web' an inventory
# make test                                         all tests but the longest and those of Molecule
# make test-all                                     all tests
# make molecule ARGS='-s harden'                    scenarios in extensions/molecule; without ARGS all of them
# make lint                                         everything that judges without a host
# make checks                                       those, the fuzzer for a minute, and the documentation
# make docs                                         the documentation site, in .build/docs/html
# make bench ARGS='--only fleet'                    what the collection costs, into docs/performance.md; without ARGS all
# make release VERSION=1.2.3                        build, check and tag; nothing is published
INVENTORY ?=
ARGS ?=
CORE ?=
VERSION ?=

VENV := .venv
TEST_VENV := .venv-test
FUZZ_VENV := .venv-fuzz
MUTANTS_VENV := .venv-mutants
LINT_VENV := .venv-lint
GALAXY_VENV := .venv-galaxy
DOCS_VENV := .venv-docs
MOLECULE_VENV := .venv-molecule
TREE := .build/collections
COLLECTIONS := $(CURDIR)/$(TREE):$(if $(ANSIBLE_COLLECTIONS_PATH),$(ANSIBLE_COLLECTIONS_PATH),$(HOME)/.ansible/collections:/usr/share/ansible/collections)

# Tests run many modules directly. With compiled Python files, such a module needs 0.15 seconds for its imports instead of 0.37. An
# environment that forbids them wants no new files beside the sources, so they get a directory of their own.
unexport PYTHONDONTWRITEBYTECODE
export PYTHONPYCACHEPREFIX := $(CURDIR)/.build/pycache

# The first Python that a controller can run on. Names of a version manager may exist without answering.
PYTHON ?= $(shell for name in python3.13 python3.12 python3.14 python3 python3.11; do \
	$$name -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { command -v $$name; break; }; done)

# Without an inventory: this machine, with the Python that runs Ansible, and a replay where it has no engine.
LOCAL := --inventory localhost, --connection local \
	--extra-vars '{"ansible_python_interpreter": "{{ ansible_playbook_python }}", "audit_replay_when_absent": true}'

.PHONY: help audit test test-all molecule test-unit rules fuzz mutants bench lint checks style sanity units tried galaxy docs release clean
.DEFAULT_GOAL := audit

help:
	@sed -n 's/^# \(make .*\)/\1/p' '$(CURDIR)/Makefile'

# An inventory that cannot be read is an error: an audit of nothing must not look like one without faults.
audit: $(VENV)/.ready $(TREE)/ansible_collections/seawall/docker
	@ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED=true ANSIBLE_COLLECTIONS_PATH='$(COLLECTIONS)' $(VENV)/bin/ansible-playbook \
		$(if $(INVENTORY),--inventory '$(INVENTORY)',$(LOCAL)) seawall.docker.audit $(ARGS)

test: $(TEST_VENV)/.ready $(TREE)/ansible_collections/seawall/docker
	@$(TEST_VENV)/bin/python tests/prepare.py
	@ANSIBLE_COLLECTIONS_PATH='$(CURDIR)/$(TREE)' PYTHONPATH='$(CURDIR)/$(TREE)' \
		$(TEST_VENV)/bin/python -m pytest $(ABREAST) $(addprefix --ignore=,$(LONG)) $(ARGS) \
		tests/lab_hosts tests/integration tests/attacks tests/unit

# Four processes, also on two processors, since engines wait more than they compute. Each takes the next file in the order of the
# command line; all files with lab hosts are as two, in two of them.
ABREAST := --numprocesses 4 --dist loadfile --no-loadscope-reorder

# What takes minutes more, each file for itself: restarts that wait for an end, the virtual machine, Molecule's scenarios, and
# the unit tests on every pair of ansible-core and Python.
LONG := tests/integration/test_faults_rollback.py tests/integration/test_remake_compose.py tests/integration/test_remake_database.py \
	tests/integration/test_remake_killed.py tests/integration/test_container_fixes_database.py tests/lab_hosts/test_faults_restart.py \
	tests/lab_hosts/test_modules_faults.py tests/lab_hosts/test_modules_containers.py \
	tests/lab_hosts/test_cut_off.py tests/lab_hosts/test_execution_environment.py tests/lab_hosts/test_examples_of_moves.py tests/lab_hosts/test_for_containers.py \
	tests/lab_hosts/test_faults_read_only.py tests/lab_hosts/test_two_runs.py \
	tests/lab_hosts/test_forecast_live_restore.py tests/lab_hosts/test_guides_userns.py \
	tests/lab_hosts/test_userns_migrate.py tests/lab_hosts/test_userns_migrate_killed.py tests/lab_hosts/test_vm.py \
	tests/lab_hosts/test_limits.py
test-all: test
	@ANSIBLE_COLLECTIONS_PATH='$(CURDIR)/$(TREE)' PYTHONPATH='$(CURDIR)/$(TREE)' \
		$(TEST_VENV)/bin/python -m pytest $(LONG) $(ARGS)
	@$(MAKE) --no-print-directory molecule ARGS=
	@$(MAKE) --no-print-directory units CORE=

molecule: $(MOLECULE_VENV)/.ready $(TREE)/ansible_collections/seawall/docker
	@PATH='$(CURDIR)/$(MOLECULE_VENV)/bin':"$$PATH" molecule test $(if $(ARGS),$(ARGS),--all)

test-unit: $(TEST_VENV)/.ready $(TREE)/ansible_collections/seawall/docker
	@ANSIBLE_COLLECTIONS_PATH='$(CURDIR)/$(TREE)' PYTHONPATH='$(CURDIR)/$(TREE)' \
		$(TEST_VENV)/bin/python -m pytest $(ABREAST) $(ARGS) tests/unit

# The page that lists the rules, anew.
rules: $(TEST_VENV)/.ready $(TREE)/ansible_collections/seawall/docker
	@PYTHONPATH='$(CURDIR)/$(TREE)' $(TEST_VENV)/bin/python -m ansible_collections.seawall.docker.tests.tools.rule_table
	@PYTHONPATH='$(CURDIR)/$(TREE)' $(TEST_VENV)/bin/python -m ansible_collections.seawall.docker.tests.tools.policy_table
	@PYTHONPATH='$(CURDIR)/$(TREE)' $(TEST_VENV)/bin/python -m ansible_collections.seawall.docker.tests.tools.function_table
	@PYTHONPATH='$(CURDIR)/$(TREE)' $(TEST_VENV)/bin/python -m ansible_collections.seawall.docker.tests.tools.what_rules_read

# The fuzzer's targets, each run a counted number of times; what it finds is kept in .build/fuzz/found.
fuzz: $(FUZZ_VENV)/.ready $(TREE)/ansible_collections/seawall/docker
	@mkdir -p .build/fuzz
	@cd .build/fuzz && PYTHONPATH='$(CURDIR)/$(TREE)' '$(CURDIR)/$(FUZZ_VENV)/bin/python' '$(CURDIR)/tests/fuzz/run.py' $(ARGS)

# Small changes of the pure parts that no unit test notices; ARGS='_daemon/flags forecast' for some files. Not part of any other.
mutants: $(MUTANTS_VENV)/.ready
	@$(MUTANTS_VENV)/bin/python tests/tools/mutants.py '$(CURDIR)/$(MUTANTS_VENV)/bin/mutmut' $(ARGS)

# What the collection costs, written into docs/performance.md and docs/scaling.md: a quarter of an hour on a machine that does nothing
# else. ARGS='--only fleet' for one part, ARGS='--print' leaves the pages as they are, ARGS='--help' has the rest.
bench: $(TEST_VENV)/.ready $(TREE)/ansible_collections/seawall/docker
	@$(TEST_VENV)/bin/python tests/prepare.py
	@ANSIBLE_COLLECTIONS_PATH='$(CURDIR)/$(TREE)' PYTHONPATH='$(CURDIR)/$(TREE)' \
		$(TEST_VENV)/bin/python -m ansible_collections.seawall.docker.tests.bench.run $(ARGS)

# The unit tests by ansible-test on two pairs: the oldest Python of hosts, and those that need ansible-core on its newest release.
# `make units` has all tests on all pairs.
# Of the sanity tests, pylint and the imports on every Python run with the newest ansible-core alone: they are most of the time, and the
# unit tests on Python 3.8 import what the newest no longer knows. The newest checks what users install, and the oldest also the tests:
# pylint would need as long again for the tests, which ruff and mypy check. `make sanity` has all with all.
SHORT := --skip-test pylint --skip-test import
# The longest first, so that the processors end together.
OUTER := "sanity CORE='2.21 --exclude tests/'" "units CORE='2.21/3.12 --that-need-ansible'" style 'units CORE=2.18/3.8' "sanity CORE='2.18 $(SHORT)'" galaxy
# The releases between the oldest and the newest, which hardly ever find what neither of these does.
MIDDLE := "sanity CORE='2.20 $(SHORT)'" "sanity CORE='2.19 $(SHORT)'"
lint: $(TREE)/ansible_collections/seawall/docker
	@'$(PYTHON)' tests/tools/abreast.py $(OUTER) $(MIDDLE)

# All but the tests that must hold before anything lands: lint, what the fuzzer finds in a minute, and the documentation.
checks: $(TREE)/ansible_collections/seawall/docker
	@'$(PYTHON)' tests/tools/abreast.py "fuzz ARGS='--runs 5000'" docs $(OUTER)

# Seconds: the code's form and types, the form of YAML, roles, documentation and changelog, and the licence of every file.
PACKAGES := action callback doc_fragments filter module_utils modules plugin_utils
style: $(LINT_VENV)/.ready $(TREE)/ansible_collections/seawall/docker
	@ANSIBLE_COLLECTIONS_PATH='$(CURDIR)/$(TREE)' PATH='$(CURDIR)/$(LINT_VENV)/bin':"$$PATH" tests/tools/style $(PACKAGES)

# ansible-test on every supported ansible-core; CORE=2.18 for one of them.
sanity:
	@'$(PYTHON)' tests/tools/ansible_test.py sanity $(CORE)

# The same with the unit tests, on every Python too: half an hour. CORE='2.18/3.8 2.21' for some of these pairs.
units:
	@'$(PYTHON)' tests/tools/ansible_test.py units $(CORE)

# Both, and what passed as the table in docs/support.md.
tried: $(TEST_VENV)/.ready $(TREE)/ansible_collections/seawall/docker
	@'$(PYTHON)' tests/tools/ansible_test.py sanity --note
	@'$(PYTHON)' tests/tools/ansible_test.py units --note
	@PYTHONPATH='$(CURDIR)/$(TREE)' $(TEST_VENV)/bin/python -m ansible_collections.seawall.docker.tests.tools.support_table

# The tarball, judged by what judges it on Ansible Galaxy.
galaxy: $(GALAXY_VENV)/.ready
	@'$(PYTHON)' tests/tools/galaxy.py '$(GALAXY_VENV)'

docs: $(DOCS_VENV)/.ready $(TREE)/ansible_collections/seawall/docker
	@ANSIBLE_COLLECTIONS_PATH='$(CURDIR)/$(TREE)' PYTHONPATH='$(CURDIR)/$(TREE)' \
		$(DOCS_VENV)/bin/python docs/docsite/build.py

release: $(LINT_VENV)/.ready
	@PATH='$(CURDIR)/$(LINT_VENV)/bin':"$$PATH" '$(PYTHON)' tests/tools/release.py '$(VERSION)' lint test-unit docs

clean:
	rm -rf $(VENV) $(TEST_VENV) $(FUZZ_VENV) $(MUTANTS_VENV) $(LINT_VENV) $(GALAXY_VENV) $(DOCS_VENV) $(MOLECULE_VENV) .build

# The collection as Ansible looks for it, without a copy.
$(TREE)/ansible_collections/seawall/docker:
	@mkdir -p $(dir $@)
	@ln -s '$(CURDIR)' $@

$(VENV)/.ready: requirements.txt
	$(call environment,$(VENV),--requirement requirements.txt)

$(TEST_VENV)/.ready: requirements.txt tests/requirements.txt
	$(call environment,$(TEST_VENV),--requirement requirements.txt --requirement tests/requirements.txt)

$(MOLECULE_VENV)/.ready: requirements.txt tests/requirements/molecule.txt
	$(call environment,$(MOLECULE_VENV),--requirement requirements.txt --requirement tests/requirements/molecule.txt)

$(FUZZ_VENV)/.ready: requirements.txt tests/requirements/fuzz.txt
	$(call environment,$(FUZZ_VENV),--requirement requirements.txt --requirement tests/requirements/fuzz.txt)

$(MUTANTS_VENV)/.ready: requirements.txt tests/requirements.txt tests/requirements/mutants.txt
	$(call environment,$(MUTANTS_VENV),--requirement requirements.txt --requirement tests/requirements.txt --requirement tests/requirements/mutants.txt)

$(LINT_VENV)/.ready: requirements.txt tests/requirements.txt tests/requirements/lint.txt
	$(call environment,$(LINT_VENV),--requirement requirements.txt --requirement tests/requirements.txt --requirement tests/requirements/lint.txt)

$(GALAXY_VENV)/.ready: tests/requirements/galaxy.txt
	$(call environment,$(GALAXY_VENV),--requirement tests/requirements/galaxy.txt)

$(DOCS_VENV)/.ready: requirements.txt tests/requirements.txt tests/requirements/docs.txt
	$(call environment,$(DOCS_VENV),--requirement requirements.txt --requirement tests/requirements.txt --requirement tests/requirements/docs.txt)

define environment
@test -n '$(PYTHON)' || { echo 'seawall.docker needs Python 3.11 or later with venv on this machine (Debian, Ubuntu: apt-get install python3-venv).' >&2; exit 1; }
@echo 'Preparing $(1) with $(PYTHON) …'
@'$(PYTHON)' -m venv --clear $(1)
@$(1)/bin/python -m pip install --quiet --disable-pip-version-check $(2)
@touch $@
endef
