"""Reads the frames of com.atproto.sync.subscribeRepos: DAG-CBOR and the CAR blocks inside.

Owns the decoding of what a real PDS sends, as JSON values and `bytes`. Pure. Written out here
because the subset that the protocol allows is small (64-bit floats, one tag, lengths always
known), and a CBOR library would be one more dependency for the tests alone. It trusts its input:
it reads our own server on loopback and is no model for reading strangers' bytes.
"""

from __future__ import annotations

import base64
import struct
from typing import Any

_CID_TAG = 42


def read_frame(data: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Split a frame into its header and its body (https://atproto.com/specs/event-stream)."""
    header, at = _value(data, 0)
    body, at = _value(data, at)
    if at != len(data):
        raise ValueError(f"{len(data) - at} bytes after the frame's body")
    return header, body


def read_blocks(car: bytes) -> dict[str, Any]:
    """Give the records and nodes of a CAR file by their CID (https://ipld.io/specs/transport/car/carv1)."""
    length, at = _varint(car, 0)
    at += length
    blocks: dict[str, Any] = {}
    while at < len(car):
        length, at = _varint(car, at)
        end = at + length
        start = at
        for _ in range(3):  # version, codec, hash function
            _, at = _varint(car, at)
        digest, at = _varint(car, at)
        at += digest
        blocks[cid_text(car[start:at])], _ = _value(car, at)
        at = end
    return blocks


def cid_text(raw: bytes) -> str:
    """Write a binary CID as the network writes it: base32, small letters, no padding."""
    return "b" + base64.b32encode(raw).decode().lower().rstrip("=")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _value(data: bytes, at: int) -> tuple[Any, int]:
    kind, low = data[at] >> 5, data[at] & 0x1F
    at += 1
    if kind == 7:
        return _simple(data, low, at)
    number = low
    if low >= 24:
        size = 1 << (low - 24)
        number = int.from_bytes(data[at : at + size], "big")
        at += size
    match kind:
        case 0:
            return number, at
        case 1:
            return -1 - number, at
        case 2:
            return data[at : at + number], at + number
        case 3:
            return data[at : at + number].decode(), at + number
        case 4:
            items = []
            for _ in range(number):
                item, at = _value(data, at)
                items.append(item)
            return items, at
        case 5:
            fields = {}
            for _ in range(number):
                key, at = _value(data, at)
                fields[key], at = _value(data, at)
            return fields, at
        case _ if number == _CID_TAG:
            head, at = data[at], at + 1
            size = head & 0x1F
            if size == 24:
                size, at = data[at], at + 1
            # The first byte is the multibase prefix of binary, 0.
            return {"$link": cid_text(data[at + 1 : at + size])}, at + size
    raise ValueError(f"a tag {number} that DAG-CBOR does not have")


def _simple(data: bytes, low: int, at: int) -> tuple[Any, int]:
    if low in {20, 21}:
        return low == 21, at
    if low == 22:
        return None, at
    if low == 27:
        return struct.unpack(">d", data[at : at + 8])[0], at + 8
    raise ValueError(f"a simple value {low} that DAG-CBOR does not have")
