"""Checkpoints as `torch.save` writes them, put together by hand, without PyTorch."""

import struct
import zipfile

import numpy as np

KINDS = {"f8": "Double", "f4": "Float", "f2": "Half", "i8": "Long", "u1": "Byte"}
MAGIC = 0x1950A86A20F9469CFC6C


def text(value):
    return b"X" + struct.pack("<I", len(value.encode())) + value.encode()


def number(value):
    return b"J" + struct.pack("<i", value)


def row(*parts):
    return b"(" + b"".join(parts) + b"t"


def called(name, *arguments):
    return b"c" + name.replace(" ", "\n").encode() + b"\n" + row(*arguments) + b"R"


def storage(key, count, kind="Float", word="storage"):
    named = f"ctorch\n{kind}Storage\n".encode()
    return row(text(word), named, text(key), text("cpu"), number(count)) + b"Q"


def tensor(
    key, array, *, rebuild="_rebuild_tensor_v2", offset=0, strides=None, count=None
):
    """A tensor that is all of a storage."""
    kind = KINDS[array.dtype.str[1:]]
    if strides is None:
        strides = [step // array.itemsize for step in np.empty_like(array).strides]
    return called(
        f"torch._utils {rebuild}",
        storage(key, array.size if count is None else count, kind),
        number(offset),
        row(*map(number, array.shape)),
        row(*map(number, strides)),
        b"\x89",
        called("collections OrderedDict"),
    )


def dictionary(items):
    """An OrderedDict that says of its versions what a state dictionary does."""
    pairs = b"".join(text(name) + value for name, value in items.items())
    said = b"}" + text("_metadata") + called("collections OrderedDict") + b"s"
    return called("collections OrderedDict") + b"(" + pairs + b"u" + said + b"b"


def whole(value):
    return b"\x80\x02" + value + b"."


def checkpoint(tensors, head="net"):
    """The pickle of tensors by name, beside an accuracy as training leaves one."""
    state = {
        name: tensor(str(key), array)
        for key, (name, array) in enumerate(tensors.items())
    }
    accuracy = text("best_PrivateTest_acc") + b"G" + struct.pack(">d", 73.112)
    entry = text(head) + dictionary(state)
    return whole(b"}(" + entry + accuracy + b"u")


def write_zip(path, pickle, arrays, *, compression=zipfile.ZIP_STORED):
    """Write the layout of PyTorch 1.6 and later."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("archive/data.pkl", pickle)
        archive.writestr("archive/byteorder", b"little")
        for key, array in enumerate(arrays):
            archive.writestr(f"archive/data/{key}", array.tobytes())
        archive.writestr("archive/version", b"3\n")
    return path


def write_row(path, pickle, arrays):
    """Write the layout of PyTorch before 1.6."""
    magic = b"\x8a\x0a" + MAGIC.to_bytes(10, "little")
    system = b"}" + text("little_endian") + b"\x88s"
    keys = b"](" + b"".join(text(str(key)) for key in range(len(arrays))) + b"e"
    parts = [whole(magic), whole(number(1001)), whole(system), pickle, whole(keys)]
    parts += [struct.pack("<q", array.size) + array.tobytes() for array in arrays]
    path.write_bytes(b"".join(parts))
    return path
