import io

import numpy as np
import pandas as pd
import pytest

from corpus.problem import Problem
from embeddings.columns import numbers
from embeddings.rows import Manner, read_arrays, sequence


def rows(csv, **manner):
    table = pd.read_csv(io.StringIO(csv), dtype=str, keep_default_na=False)
    values = numbers(table, ["AU"], None)
    return sequence(table, values, "x.csv", Manner(**manner))


LOST = "timestamp,success,AU\n0,0,0\n.1,1,2\n.2,0,0\n.3,1,4\n"


@pytest.mark.parametrize(
    ("no_face", "expected"),
    [("keep", [0, 2, 0, 4]), ("previous", [2, 2, 2, 4]), ("drop", [2, 4])],
)
def test_rows_without_a_face(no_face, expected):
    embedding, note = rows(LOST, no_face=no_face)
    np.testing.assert_array_equal(embedding.array[:, 0], expected)
    assert len(embedding.time) == len(embedding.extra["found"]) == len(expected)
    assert not note
    nobody = LOST.replace(",1,", ",0,")
    if no_face == "keep":
        assert not rows(nobody)[0].extra["found"].any()
    else:
        with pytest.raises(Problem, match="shows no face in any of its 4 rows"):
            rows(nobody, no_face=no_face)


def test_of_several_faces_the_one_seen_most_often_is_kept_and_said():
    csv = "timestamp,face_id,success,AU\n"
    csv += "".join(
        f"{t / 10},{face},{face},{face}\n" for t in range(3) for face in "01"
    )
    embedding, note = rows(csv + ".9, 0,1,7\n")
    np.testing.assert_array_equal(embedding.array[:, 0], [1, 1, 1])
    np.testing.assert_allclose(embedding.time, [0, 0.1, 0.2])
    assert "2 faces" in note
    assert "face_id 1, in 3 of 7 rows" in note


def test_times_come_from_the_rows_or_from_the_rate():
    np.testing.assert_allclose(rows("AU\n1\n2\n", fps=25)[0].time, [0, 0.04])
    np.testing.assert_allclose(rows("AU,time\n1,2026-03-01\n")[0].time, [0])
    with pytest.raises(Problem, match="2 rows and no times; say how many"):
        rows("AU\n1\n2\n")
    for second in ("0", "soon", "nan"):
        with pytest.raises(Problem, match="do not increase"):
            rows(f"AU,time\n1,0\n2,{second}\n")


@pytest.mark.parametrize("value", ["", "nan", "inf", "1e39"])
def test_numbers_that_are_none_are_refused(value):
    with pytest.raises(Problem, match="missing or not finite, in 1 of 2 rows"):
        rows(f"AU,time\n1,0\n{value},1\n")


def test_a_manner_is_checked():
    with pytest.raises(Problem, match="no_face must be one of keep, previous, drop"):
        Manner(no_face="follow")
    with pytest.raises(Problem, match="fps must be above 0, not nan"):
        Manner(fps=float("nan"))


def test_arrays_of_one_and_of_many_rows(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(3))
    embedding, _ = read_arrays(tmp_path / "a.npy", Manner())
    assert (embedding.array.shape, embedding.array.dtype) == ((1, 3), np.float32)
    np.savez(tmp_path / "a.npz", embedding=np.ones((2, 3, 4)), time=[0, 1], other=1)
    embedding, _ = read_arrays(tmp_path / "a.npz", Manner())
    assert embedding.array.shape == (2, 3, 4)
    np.savez(tmp_path / "b.npz", whatever=np.ones((2, 3)))
    embedding, _ = read_arrays(tmp_path / "b.npz", Manner(fps=10))
    np.testing.assert_allclose(embedding.time, [0, 0.1])


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"a": np.ones(2), "b": np.ones(2)}, r"2 arrays \(a, b\)"),
        ({}, "holds 0 arrays"),
        ({"time": np.ones(2)}, "holds 0 arrays"),
        ({"a": np.array(["x"])}, "holds no numbers"),
        ({"a": np.array([1, None])}, "cannot be read"),
        ({"a": np.float32(3)}, "holds no numbers"),
        ({"a": np.ones((0, 3))}, "holds no numbers"),
        ({"a": np.ones((2, 3))}, "no times"),
        ({"a": np.ones((2, 3)), "time": np.arange(3)}, "3 times for 2 rows"),
        ({"a": np.ones((2, 3)), "time": np.zeros(2)}, "do not increase"),
        ({"a": np.array([1, np.nan])}, "not finite"),
    ],
)
def test_arrays_that_cannot_be_used(tmp_path, arrays, sentence):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(Problem, match=sentence) as said:
        read_arrays(tmp_path / "a.npz", Manner())
    assert "a.npz" in str(said.value)


@pytest.mark.parametrize("content", [b"", b"<html>", b"PK\x03\x04", b"\x93NUMPY\x01"])
@pytest.mark.parametrize("suffix", ["npy", "npz"])
def test_files_that_are_no_arrays(tmp_path, content, suffix):
    (tmp_path / f"a.{suffix}").write_bytes(content)
    with pytest.raises(Problem, match=rf"a\.{suffix} (cannot be read|is damaged)"):
        read_arrays(tmp_path / f"a.{suffix}", Manner())
