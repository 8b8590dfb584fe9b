"""What a pickle of tensors says, found out without unpickling it.

A pickle is a program: whoever unpickles one runs what its author wanted. Here its
instructions are read one by one, and only those are followed that put tensors, numbers
and text into lists and dictionaries. Whatever else one asks for is refused by name, and
nothing of it is imported or called.
"""

import dataclasses
import pickletools
from collections.abc import Iterator
from typing import Any, BinaryIO

__all__ = [
    "LARGEST_PICKLE",
    "STORAGES",
    "Refused",
    "Storage",
    "Tensor",
    "follow",
    "tensors_in",
]

LARGEST_PICKLE = 1 << 24  # bytes; that of a network with a thousand layers has 2**17

# The storages of `torch`, by what they hold.
STORAGES = {
    "DoubleStorage": "<f8",
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "<i1",
    "ByteStorage": "<u1",
    "BoolStorage": "<u1",
}
REBUILDERS = (
    "torch._utils _rebuild_tensor",
    "torch._utils _rebuild_tensor_v2",
    "torch._utils _rebuild_parameter",
)
DICTIONARY = "collections OrderedDict"
ADMITTED = {*REBUILDERS, DICTIONARY, *(f"torch {name}" for name in STORAGES)}


@dataclasses.dataclass(frozen=True)
class _Named:
    """What a pickle calls by its name; it is looked at and never called."""

    name: str


@dataclasses.dataclass(frozen=True)
class Storage:
    """A row of numbers somewhere in the file."""

    key: str
    kind: str
    count: int


@dataclasses.dataclass(frozen=True)
class Tensor:
    """A view of a storage, in elements."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class Refused(Exception):
    """What a pickle asks for that is no tensor."""


def tensors_in(value: Any) -> Iterator[tuple[str, Tensor]]:
    """Yield the tensors of what `follow` made, with their names.

    Names of dictionaries within dictionaries are joined by "/".
    """
    yield from _within(value, "", set())


def _within(value: Any, name: str, seen: set[int]) -> Iterator[tuple[str, Tensor]]:
    if isinstance(value, Tensor):
        yield name or "tensor", value
    elif isinstance(value, dict | list | tuple) and id(value) not in seen:
        seen.add(id(value))  # which may hold itself
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in pairs:
            yield from _within(inner, f"{name}/{key}" if name else f"{key}", seen)


class _Sparing:
    """A file that is never asked for more than a pickle may hold.

    A damaged length, or one made to do harm, would take all memory before the end of
    the file is seen.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.readline, self.tell = file.readline, file.tell

    def read(self, size: int) -> bytes:
        """Read so many bytes, or raise a `ValueError`."""
        if not 0 <= size <= LARGEST_PICKLE:
            raise ValueError(f"a pickle of {size} bytes in one piece")
        return self._file.read(size)


def follow(file: BinaryIO, storages: dict[str, Storage] | None = None) -> Any:
    """Follow the instructions of one pickle, as far as they are admitted.

    Args:
        file: Read from where it stands to the pickle's end.
        storages: Gets those that it refers to, by key.

    Returns:
        Dictionaries, lists and tuples of `Tensor`, numbers and text.

    Raises:
        Refused: If it asks for anything else.
        EOFError, ValueError, TypeError, KeyError, IndexError, AttributeError: If it is
            no pickle, or broken.
    """
    stack: list[Any] = []
    marks: list[int] = []
    memo: dict[int, Any] = {}

    def since_mark() -> list[Any]:
        start = marks.pop()
        items = stack[start:]
        del stack[start:]
        return items

    def taken(count: int) -> list[Any]:
        if len(stack) - (marks[-1] if marks else 0) < count:
            raise ValueError("a pickle takes what it has not put")
        items = stack[len(stack) - count :]
        del stack[len(stack) - count :]
        return items

    for opcode, argument, place in pickletools.genops(_Sparing(file)):
        if place is not None and place > LARGEST_PICKLE:
            raise Refused("a pickle of more than 16 MB")
        match opcode.name:
            case "PROTO" | "FRAME":
                continue
            case "STOP":
                (value,) = stack
                return value
            case "MARK":
                marks.append(len(stack))
            case "NONE":
                stack.append(None)
            case "NEWTRUE" | "NEWFALSE":
                stack.append(opcode.name == "NEWTRUE")
            case "EMPTY_DICT":
                stack.append({})
            case "EMPTY_LIST":
                stack.append([])
            case "EMPTY_TUPLE":
                stack.append(())
            case "TUPLE":
                stack.append(tuple(since_mark()))
            case "TUPLE1" | "TUPLE2" | "TUPLE3":
                stack.append(tuple(taken(int(opcode.name[-1]))))
            case "APPEND" | "APPENDS":
                items = since_mark() if opcode.name == "APPENDS" else taken(1)
                _kind(stack[-1], list).extend(items)
            case "SETITEM" | "SETITEMS":
                items = since_mark() if opcode.name == "SETITEMS" else taken(2)
                pairs = zip(items[::2], items[1::2], strict=True)
                _kind(stack[-1], dict).update(pairs)
            case "GLOBAL":
                stack.append(_named(argument))
            case "STACK_GLOBAL":
                stack.append(_named(" ".join(map(str, taken(2)))))
            case "REDUCE":
                stack.append(_made(*taken(2)))
            case "BUILD":  # what a state dictionary says of versions
                taken(1)
                _kind(stack[-1], dict)
            case "BINPERSID":
                storage = _stored(*taken(1))
                if storages is not None:
                    storages[storage.key] = storage
                stack.append(storage)
            case "MEMOIZE":
                memo[len(memo)] = stack[-1]
            case "PUT" | "BINPUT" | "LONG_BINPUT":
                memo[argument] = stack[-1]
            case "GET" | "BINGET" | "LONG_BINGET":
                stack.append(memo[argument])
            case name if _is_plain(name):
                stack.append(argument)
            case name:
                raise Refused(f"the pickle's instruction {name}")
    raise EOFError("a pickle has no end")


def _is_plain(name: str) -> bool:
    """Whether an instruction puts a number or a text."""
    return name.startswith(("BININT", "BINFLOAT", "LONG1", "LONG4")) or name in (
        *("BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8"),
        *("BINSTRING", "SHORT_BINSTRING", "BINBYTES", "SHORT_BINBYTES"),
    )


def _kind(value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise ValueError(f"a pickle fills a {type(value).__name__}")
    return value


def _named(name: str) -> _Named:
    if name not in ADMITTED:
        raise Refused(name.replace(" ", "."))
    return _Named(name)


def _made(called: Any, arguments: Any) -> Any:
    """What a call would give, if it is one of the few that make tensors."""
    name = _kind(called, _Named).name
    if name == DICTIONARY:
        if arguments:
            (pairs,) = arguments
            return dict(pairs)
        return {}
    if name not in REBUILDERS:
        raise Refused(f"a call of {name.replace(' ', '.')}")
    if name.endswith("_rebuild_parameter"):
        return _kind(arguments[0], Tensor)
    storage, offset, shape, strides = arguments[:4]
    for number in (offset, *shape, *strides):
        _kind(number, int)
    return Tensor(_kind(storage, Storage), offset, shape, strides)


def _stored(told: Any) -> Storage:
    """What a pickle refers to: ("storage", its kind, key, device, count, ...)."""
    word, kind, key, _device, count, *view = _kind(told, tuple)
    name = _kind(kind, _Named).name.removeprefix("torch ")
    if word != "storage" or name not in STORAGES:
        raise Refused(f"the storage {word!r}")
    if view and view[0] is not None:
        raise Refused("a view of a storage")
    return Storage(_kind(key, str), name, _kind(count, int))
