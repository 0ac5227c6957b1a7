# Copyright: (c) 2026, seawall.docker contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the validity of an X.509 certificate. The standard library cannot parse a certificate that is in memory."""

from __future__ import annotations

import base64
import binascii
import re
import typing as t
from datetime import datetime, timezone

from ansible_collections.seawall.docker.plugins.module_utils._host.moments import utc_text

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----\s*([A-Za-z0-9+/=\s]+?)-----END CERTIFICATE-----")
_SEQUENCE, _UTC_TIME, _GENERALIZED_TIME, _VERSION = 0x30, 0x17, 0x18, 0xA0


class Validity(t.NamedTuple):
    """Both times are in ISO 8601, UTC."""

    issued_at: str
    expires_at: str


def validities(pem: str) -> list[Validity]:
    """Return the validity of every certificate in a PEM text. Raises ValueError if there is none, or if one is damaged."""
    blocks = _PEM.findall(pem)
    if not blocks:
        raise ValueError("there is no certificate in it")
    try:
        return [_validity(base64.b64decode(re.sub(r"\s", "", block), validate=True)) for block in blocks]
    except (binascii.Error, IndexError) as error:
        raise ValueError(f"the certificate is damaged: {error}") from None


def _validity(der: bytes) -> Validity:
    """Find the validity in: Certificate → TBSCertificate → [version] serial, algorithm, issuer, validity."""
    certificate = _elements(der)[0][1]
    fields = _elements(_elements(certificate)[0][1])
    if fields[0][0] == _VERSION:
        fields = fields[1:]
    tag, content = fields[3]
    if tag != _SEQUENCE:
        raise ValueError("the certificate has no validity where it belongs")
    start, end = _elements(content)[:2]
    return Validity(_time(*start), _time(*end))


def _elements(data: bytes) -> list[tuple[int, bytes]]:
    """Return the DER elements of a sequence as pairs of tag and content."""
    found, position = [], 0
    while position < len(data):
        tag, length = data[position], data[position + 1]
        position += 2
        if length & 0x80:
            size = length & 0x7F
            length = int.from_bytes(data[position : position + size], "big")
            position += size
        if position + length > len(data):
            raise ValueError("the certificate is cut off")
        found.append((tag, data[position : position + length]))
        position += length
    return found


def _time(tag: int, content: bytes) -> str:
    text = content.decode("ascii")
    if tag == _UTC_TIME:
        # Two digits of year: 50 and above are of the last century.
        text = ("19" if int(text[:2]) >= 50 else "20") + text
    elif tag != _GENERALIZED_TIME:
        raise ValueError("the certificate's validity holds no times")
    return utc_text(datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=timezone.utc))
