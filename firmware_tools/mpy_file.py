"""The .mpy container, version 6.3: what mpy-cross writes and MicroPython 1.23 and later reads.

Read into plain data and written back byte for byte; the machine code of a viper function can be replaced by
other code of the same calling convention. A file is (py/persistentcode.c, tools/mpy-tool.py of 1.29):

    "M", 6, arch << 2 | 3, bits of a small int; number of qstrs and of objects (uint); those; one raw code
    qstr      uint (bytes << 1), the bytes, 0; or uint (number << 1 | 1), one of MicroPython's own
    object    a byte of kind, then what that kind has
    raw code  uint (bytes << 3 | has children << 2 | kind), the bytes, of native kinds some uints more,
              the children behind their number
    uint      7 bits a byte, the highest first, + 128 on all but the last
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from mycoflux.link.repl import ARCHS

MAGIC = ord("M")
VERSION = 6
SUB_VERSION = 3

KINDS = ("bytecode", "native", "viper", "asm")
BYTECODE, NATIVE, VIPER, ASM = range(4)
# Numbers behind the code: nothing; where the prelude begins; flags; flags, arguments, their types.
_NUMBERS_BEHIND = {BYTECODE: 0, NATIVE: 1, VIPER: 1, ASM: 3}
_FLAGS_OF_A_LINKER = 0x70  # relocations, constant and zeroed data, which mpy-cross never writes

FUNCTION_TABLE = b"\0"  # the object through which native code calls MicroPython
_STRING_KINDS = (5, 6)  # text and bytes: with a zero behind
_NUMBER_KINDS = (7, 8, 9)
_TUPLE_KIND = 10

_MAKE_FUNCTION = (0x32, 0x33)  # without and with defaults
_STORE_NAME = 0x16
_OPERAND_OFFSET = 3  # formats of an opcode's operand: none, qstr, uint, offset
_FORMATS = 0x3A4  # two bits for each sixteen opcodes


class MpyError(Exception):
    """These bytes are not a .mpy file as this module knows it, or lack what was asked for."""


@dataclass(frozen=True)
class RawCode:
    """A function, or (the outermost) a module's body; numbers: behind the code of native kinds."""

    kind: int
    code: bytes
    numbers: tuple[int, ...] = ()
    children: tuple[RawCode, ...] | None = None


@dataclass(frozen=True)
class MpyFile:
    """A whole file; qstrs and objects as they are encoded."""

    arch: str
    small_int_bits: int
    qstrs: tuple[bytes, ...]
    objects: tuple[bytes, ...]
    body: RawCode

    def functions(self) -> dict[str, RawCode]:
        """The module's functions by name, in the order in which its body makes them."""
        return {name: (self.body.children or ())[child] for child, name in self._made()}

    def with_code(self, name: str, code: bytes) -> MpyFile:
        """The file with the viper function `name` made of `code`.

        Raises:
            MpyError: there is none of that name, or it is not viper.
        """
        children = list(self.body.children or ())
        for child, found in self._made():
            if found == name and children[child].kind == VIPER:
                children[child] = replace(children[child], code=code)
                return replace(self, body=replace(self.body, children=tuple(children)))
        raise MpyError(
            f"the file has no viper function '{name}', but {', '.join(self.functions()) or 'none'}"
        )

    def _made(self) -> Iterator[tuple[int, str]]:
        """The children that the body makes functions of, and the names that it gives them."""
        made = None
        for opcode, operand in _opcodes(self.body.code):
            if opcode == _STORE_NAME and made is not None:
                yield made, self._name(operand)
            made = operand if opcode in _MAKE_FUNCTION else None  # what is not named at once is no function

    def _name(self, index: int) -> str:
        head, at = _uint(self.qstrs[index], 0)
        return f"qstr {head >> 1}" if head & 1 else self.qstrs[index][at:-1].decode()


def read(data: bytes) -> MpyFile:
    """The file in `data`.

    Raises:
        MpyError: it is of another version, uses what mpy-cross does not write, or ends early or late.
    """
    reader = _Reader(data)
    head = reader.take(4)
    if head[0] != MAGIC or head[1] != VERSION or head[2] & 3 != SUB_VERSION:
        raise MpyError(f"not a .mpy file of version {VERSION}.{SUB_VERSION}: it begins with {head.hex(' ')}")
    if head[2] >> 2 >= len(ARCHS):
        raise MpyError(f"for an architecture nobody here knows ({head[2] >> 2})")
    qstrs, objects = reader.uint(), reader.uint()
    file = MpyFile(
        ARCHS[head[2] >> 2],
        head[3],
        tuple(reader.qstr() for _ in range(qstrs)),
        tuple(reader.object() for _ in range(objects)),
        reader.raw_code(),
    )
    if reader.at != len(data):
        raise MpyError(f"{len(data) - reader.at} bytes behind the end")
    return file


def write(file: MpyFile) -> bytes:
    """The bytes of `file`."""
    return b"".join(
        (
            bytes((MAGIC, VERSION, ARCHS.index(file.arch) << 2 | SUB_VERSION, file.small_int_bits)),
            encode_uint(len(file.qstrs)),
            encode_uint(len(file.objects)),
            *file.qstrs,
            *file.objects,
            _raw_code(file.body),
        )
    )


def encode_uint(value: int) -> bytes:
    """A number as the container has it."""
    out = [value & 127]
    while value := value >> 7:
        out.append(value & 127 | 128)
    return bytes(reversed(out))


def _raw_code(raw: RawCode) -> bytes:
    head = len(raw.code) << 3 | (raw.children is not None) << 2 | raw.kind
    parts = [encode_uint(head), raw.code, *map(encode_uint, raw.numbers)]
    if raw.children is not None:
        parts += [encode_uint(len(raw.children)), *map(_raw_code, raw.children)]
    return b"".join(parts)


def _uint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    while at < len(data):
        value = value << 7 | data[at] & 127
        at += 1
        if data[at - 1] < 128:
            return value, at
    raise MpyError("it ends within a number")


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, size: int) -> bytes:
        if self.at + size > len(self.data):
            raise MpyError(f"it ends {self.at + size - len(self.data)} bytes early")
        self.at += size
        return self.data[self.at - size : self.at]

    def uint(self) -> int:
        value, self.at = _uint(self.data, self.at)
        return value

    def qstr(self) -> bytes:
        start = self.at
        head = self.uint()
        if not head & 1:
            self.take((head >> 1) + 1)
        return self.data[start : self.at]

    def object(self) -> bytes:
        start = self.at
        kind = self.take(1)[0]
        if kind in _STRING_KINDS:
            self.take(self.uint() + 1)
        elif kind in _NUMBER_KINDS:
            self.take(self.uint())
        elif kind == _TUPLE_KIND:
            for _ in range(self.uint()):
                self.object()
        elif kind > _TUPLE_KIND:
            raise MpyError(f"an object of a kind nobody here knows ({kind})")
        return self.data[start : self.at]

    def raw_code(self) -> RawCode:
        head = self.uint()
        kind = head & 3
        code = self.take(head >> 3)
        numbers = tuple(self.uint() for _ in range(_NUMBERS_BEHIND[kind]))
        if kind in (VIPER, ASM) and numbers[0] & _FLAGS_OF_A_LINKER:
            raise MpyError("a linked module with data of its own, which mpy-cross does not make")
        children = tuple(self.raw_code() for _ in range(self.uint())) if head & 4 else None
        return RawCode(kind, code, numbers, children)


def _opcodes(code: bytes) -> Iterator[tuple[int, int]]:
    """Each opcode of a bytecode function and its operand, where that is a qstr or a number, else 0."""
    at = _prelude_size(code)
    while at < len(code):
        opcode = code[at]
        at += 1
        form = _FORMATS >> 2 * (opcode >> 4) & 3
        operand = 0
        if form == _OPERAND_OFFSET:
            at += 2 if code[at] & 128 else 1
        elif form:
            operand, at = _uint(code, at)
        if opcode & 0x9E == 0:
            at += 1
        yield opcode, operand


def _prelude_size(code: bytes) -> int:
    """Bytes before the first opcode: a signature, two sizes and what they are the sizes of (py/bc.h)."""
    _, at = _uint(code, 0)
    info = cells = step = 0
    while True:
        byte = code[at]
        at += 1
        cells |= (byte & 1) << step
        info |= (byte >> 1 & 63) << 6 * step
        step += 1
        if byte < 128:
            return at + info + cells
