# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Ansible would refuse to take from a module is replaced, and nothing else."""

from __future__ import annotations

import json
import os
import typing as t

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.seawall.docker.plugins.module_utils._host.encodable import encodable

DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(blacklist_categories=())),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(blacklist_categories=())), inner),
)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"program": os.fsdecode(b"busybox\xff")}, {"program": "busybox\ufffd"}),
        ([{os.fsdecode(b"\xc3"): [os.fsdecode(b"a\xffb\xfec")]}], [{"\ufffd": ["a\ufffdb\ufffdc"]}]),
    ],
)
def test_a_byte_that_is_no_text_is_replaced(document: t.Any, expected: t.Any) -> None:
    assert encodable(document) == expected


@pytest.mark.parametrize("document", [{"a": "ä€😀\u2028", "b": [1, None, 2.5, True]}, {"text": "\\\\udcff"}, {}])
def test_a_document_without_one_is_what_it_was(document: t.Any) -> None:
    assert encodable(document) == document


@given(DOCUMENTS)
def test_any_document_can_be_sent_afterwards(document: t.Any) -> None:
    sent = encodable(document)
    json.dumps(sent, ensure_ascii=False).encode("utf-8")
    try:
        json.dumps(document, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return
    assert sent == document
