"""The frames of the long connection, written and read by hand: protobuf as pbbp2.proto of the SDK has it.

By hand, so that the fake checks what the SDK sends with other eyes, and starts without its ten thousand modules.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

CONTROL, DATA = 0, 1
VARINT: Final = 0
LENGTH: Final = 2
_NUMBERS: Final = {1: "seq_id", 2: "log_id", 3: "service", 4: "method"}
_TEXTS: Final = {6: "payload_encoding", 7: "payload_type", 9: "log_id_new"}


class BadFrame(Exception):
    """Say that these bytes are no frame."""


@dataclass
class Frame:
    """One frame."""

    method: int = DATA
    headers: dict[str, str] = field(default_factory=dict)
    payload: bytes = b""
    seq_id: int = 0
    log_id: int = 0
    service: int = 0
    payload_encoding: str = ""
    payload_type: str = ""
    log_id_new: str = ""

    def encoded(self) -> bytes:
        """Write it."""
        out = bytearray()
        for number, name in _NUMBERS.items():
            out += _varint(number << 3 | VARINT) + _varint(getattr(self, name))
        for key, value in self.headers.items():
            out += _chunk(5, _chunk(1, key.encode()) + _chunk(2, value.encode()))
        for number, name in ((6, "payload_encoding"), (7, "payload_type")):
            out += _chunk(number, getattr(self, name).encode()) if getattr(self, name) else b""
        out += _chunk(8, self.payload) if self.payload else b""
        return bytes(out + (_chunk(9, self.log_id_new.encode()) if self.log_id_new else b""))


def decode(raw: bytes) -> Frame:
    """Read a frame.

    Raises:
        BadFrame: it is none.
    """
    frame = Frame()
    for number, value in _fields(raw):
        if number in _NUMBERS and isinstance(value, int):
            setattr(frame, _NUMBERS[number], value)
        elif number == 5 and isinstance(value, bytes):
            head = {at: text.decode() for at, text in _fields(value) if isinstance(text, bytes)}
            frame.headers[head.get(1, "")] = head.get(2, "")
        elif number == 8 and isinstance(value, bytes):
            frame.payload = value
        elif number in _TEXTS and isinstance(value, bytes):
            setattr(frame, _TEXTS[number], value.decode())
        else:
            raise BadFrame(f"field {number}")
    return frame


def _fields(raw: bytes) -> list[tuple[int, int | bytes]]:
    found: list[tuple[int, int | bytes]] = []
    at = 0
    while at < len(raw):
        tag, at = _read(raw, at)
        size, at = _read(raw, at)
        if tag & 7 == VARINT:
            found.append((tag >> 3, size))
        elif tag & 7 == LENGTH and at + size <= len(raw):
            found.append((tag >> 3, raw[at : at + size]))
            at += size
        else:
            raise BadFrame(f"tag {tag}")
    return found


def _read(raw: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        if at >= len(raw):
            raise BadFrame("cut")
        value |= (raw[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not raw[at - 1] & 0x80:
            return value, at


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _chunk(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | LENGTH) + _varint(len(value)) + value
