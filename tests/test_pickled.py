"""What a pickle may say, and that nothing of it is ever run."""

import collections
import io
import os
import pickle
import struct
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torch_files import called, dictionary, number, row, storage, tensor, text, whole

from corpus.problem import Problem
from embeddings.weights.pickled import Refused, Tensor, follow, tensors_in
from embeddings.weights.torch_file import read_torch

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.text(), inner)
        | st.lists(inner, max_size=4).map(tuple)
    ),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(PLAIN, st.sampled_from([2, 3, 4, 5]))
def test_plain_values_are_as_pickle_itself_has_them(value, protocol):
    assert follow(io.BytesIO(pickle.dumps(value, protocol))) == value


@pytest.mark.parametrize("protocol", [2, 4])
def test_ordered_dictionaries_are_dictionaries(protocol):
    value = collections.OrderedDict([("b", 1), ("a", (2, 3))])
    followed = follow(io.BytesIO(pickle.dumps(value, protocol)))
    assert type(followed) is dict and list(followed.items()) == list(value.items())


class Hostile:
    """Runs what it is told to as soon as it is unpickled."""

    def __init__(self, function, *arguments):
        self.made = function, arguments

    def __reduce__(self):
        return self.made


@pytest.mark.parametrize(
    ("value", "named"),
    [
        (Hostile(os.system, "touch ran"), "posix.system|nt.system"),
        (Hostile(eval, "open('ran', 'w')"), "builtins.eval|__builtin__.eval"),
        (Hostile(os.mkdir, "ran"), "mkdir"),
        (np.float64(1), "numpy"),
        (collections.Counter("a"), "collections.Counter"),
        (Problem("x"), "corpus.problem.Problem"),
    ],
)
@pytest.mark.parametrize("protocol", [2, 5])
def test_nothing_else_is_called(tmp_path, monkeypatch, value, named, protocol):
    monkeypatch.chdir(tmp_path)
    data = pickle.dumps({"net": [value]}, protocol)
    with pytest.raises(Refused, match=named):
        follow(io.BytesIO(data))
    assert not list(tmp_path.iterdir())
    (tmp_path / "net.t7").write_bytes(data)
    with pytest.raises(Problem, match=r"net\.t7 is not read, because it asks for"):
        read_torch(tmp_path / "net.t7")


def test_nothing_is_imported():
    data = pickle.dumps({}, 2)[:-1] + b"cantigravity\nfly\n."
    with pytest.raises(Refused, match=r"antigravity\.fly"):
        follow(io.BytesIO(data))
    assert "antigravity" not in sys.modules


@pytest.mark.parametrize(
    "pickled",
    [
        whole(called("torch FloatStorage", number(3))),  # admitted, but not to call
        whole(row(text("a"), text("b")) + b"Q"),
        whole(storage("0", 3, word="module")),
        whole(called("torch._utils _rebuild_tensor_v2", text("0"))),
        whole(text("torch._utils") + text("_rebuild_tensor_v2") + b"R"),
        whole(b"0"),
        whole(b"t"),
        whole(number(1) + number(2)),
        whole(number(1) + text("a") + text("b") + b"s"),
        b"\x80\x02}",
        b"\x80\x02" + b"(" * 50,
        b"\x80\x02h\x05.",
        b"",
        b"\xff\xff",
    ],
)
def test_broken_ones_are_errors_and_no_values(pickled):
    wrong = (Refused, EOFError, ValueError, TypeError, KeyError)
    with pytest.raises((*wrong, IndexError, AttributeError)):
        follow(io.BytesIO(pickled))


@pytest.mark.parametrize("opcode", [b"i", b"o", b"\x81", b"\x92", b"P", b"\x82"])
def test_instructions_that_make_objects_are_not_followed(opcode):
    with pytest.raises((Refused, ValueError, EOFError)):
        follow(io.BytesIO(whole(b"(" + text("a") + opcode + b"a\nb\n")))


def test_what_holds_itself_comes_to_an_end():
    # A list of itself twice, and a tower of lists, each of the one below twice.
    looped = b"]q\x00(h\x00h\x00e"
    tower = b"]q\x00"
    for level in range(1, 60):
        below, this = bytes([level - 1]), bytes([level])
        tower += b"0]q" + this + b"(h" + below + b"h" + below + b"e"
    tower = tower.replace(b"0]", b"]")  # nothing is popped: all stay on the stack
    tower = b"(" + tower + b"t"
    for value in (looped, tower):
        assert list(tensors_in(follow(io.BytesIO(whole(value))))) == []


def test_tensors_have_names():
    one = tensor("0", np.zeros((2, 3), np.float32))
    pickled = whole(b"}" + text("net") + dictionary({"a": one}) + b"s")
    ((name, found),) = tensors_in(follow(io.BytesIO(pickled)))
    assert name == "net/a"
    assert isinstance(found, Tensor)
    assert (found.shape, found.strides, found.storage.count) == ((2, 3), (3, 1), 6)
    assert [name for name, _ in tensors_in(found)] == ["tensor"]


@pytest.mark.parametrize("size", [1 << 25, 1 << 40, 1 << 62])
def test_a_length_that_no_file_has_takes_no_memory(size):
    asked = b"\x80\x05\x96" + struct.pack("<Q", size) + b"few bytes."
    with pytest.raises(ValueError, match="in one piece"):
        follow(io.BytesIO(asked))
