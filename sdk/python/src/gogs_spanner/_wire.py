"""Protocol buffers, as far as reading a token needs them (https://protobuf.dev/programming-guides/encoding)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_VARINT_MAX = 10
"""Bytes of the longest number there is."""


class Garbled(Exception):
    """The bytes are no message."""


@dataclass(frozen=True)
class Message:
    """The fields of a message, in the order they stand in; numbers and bytes only, which is all a token has."""

    fields: tuple[tuple[int, int | bytes], ...]

    @classmethod
    def read(cls, data: bytes) -> Message:
        """Reads a message to its end."""
        return cls(tuple(_fields(data)))

    def number(self, field: int) -> int | None:
        """The last number in a field, as the last one counts."""
        found = [value for name, value in self.fields if name == field]
        if not found:
            return None
        value = found[-1]
        if isinstance(value, bytes):
            raise Garbled
        return value

    def all(self, field: int) -> list[bytes]:
        """The texts, bytes or messages in a field."""
        found = [value for name, value in self.fields if name == field]
        return [value for value in found if isinstance(value, bytes)]

    def one(self, field: int) -> bytes:
        """The last of them; there must be one."""
        found = self.all(field)
        if not found:
            raise Garbled
        return found[-1]

    def messages(self, field: int) -> list[Message]:
        """The messages in a field."""
        return [Message.read(value) for value in self.all(field)]

    def message(self, field: int) -> Message:
        """The message in a field; there must be one."""
        return Message.read(self.one(field))


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        field, kind = tag >> 3, tag & 7
        if kind == 0:
            value, at = _varint(data, at)
            yield field, value
        elif kind == 2:
            length, at = _varint(data, at)
            if at + length > len(data):
                raise Garbled
            yield field, data[at : at + length]
            at += length
        else:
            raise Garbled


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for step in range(_VARINT_MAX):
        if at >= len(data):
            break
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << (7 * step)
        if byte < 0x80:
            return value, at
    raise Garbled
