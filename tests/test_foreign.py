import numpy as np
import pytest

from corpus.problem import Problem
from embeddings.foreign import open_foreign
from embeddings.rows import Manner

KNOWN = {"a": "a", "b": "b", "a.csv": "a", "a.npy": "a"}.get


def opened(path, content, **manner):
    path.write_text(content)
    return open_foreign(path, Manner(**manner), known=KNOWN)


def read(foreign):
    return {piece.name: piece.read()[0] for piece in foreign.pieces}


def test_a_row_a_take(tmp_path):
    foreign = opened(tmp_path / "t.csv", "clip,x,emotion,y\na,1,3,2\nb,3,3,4\n")
    assert (foreign.columns, foreign.unused) == (("x", "y"), ("emotion",))
    assert {k: v.array.tolist() for k, v in read(foreign).items()} == {
        "a": [[1, 2]],
        "b": [[3, 4]],
    }


def test_a_row_a_frame_with_times(tmp_path):
    foreign = opened(tmp_path / "t.csv", "x,clip,time\n1,a,0\n5,b,0\n2,a,.5\n")
    found = read(foreign)
    assert found["a"].array.tolist() == [[1], [2]]
    assert found["a"].time.tolist() == [0, 0.5]
    assert found["b"].array.tolist() == [[5]]


def test_the_identity_is_the_contents_and_not_the_paths(tmp_path):
    one = opened(tmp_path / "t.csv", "clip,x\na,1\n")
    assert opened(tmp_path / "u.csv", "clip,x\na,1\n").sha256 == one.sha256
    assert opened(tmp_path / "t.csv", "clip,x\na,2\n").sha256 != one.sha256
    folders = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        np.save(tmp_path / name / "a.npy", np.ones(3))
        folders.append(open_foreign(tmp_path / name, Manner(), known=KNOWN).sha256)
    assert folders[0] == folders[1]


def test_a_row_twice_is_one_and_two_rows_are_refused(tmp_path):
    assert len(read(opened(tmp_path / "t.csv", "clip,x\na,1\na,1\n"))) == 1
    with pytest.raises(Problem, match=r"different numbers for a, in the lines 3 and 4"):
        opened(tmp_path / "t.csv", "clip,x\nb,0\na,1\na,2\n")


def test_openfaces_own_files(tmp_path):
    padded = "frame, face_id, timestamp, confidence, success, AU01_r, AU01_c\n"
    (tmp_path / "a.csv").write_text(padded + "1, 0, 0.0, 0.98, 1, 0.5, 1\n")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.csv").write_text(padded[:-9] + "\n1,0,0,1,1,2\n")
    (tmp_path / "._a.csv").write_bytes(b"\0\5\x16\7")
    foreign = open_foreign(tmp_path, Manner(columns=("AU*",)), known=KNOWN)
    assert foreign.columns == ("AU01_r", "AU01_c")
    first, second = foreign.pieces
    embedding, note = first.read()
    assert (embedding.array.tolist(), note) == ([[0.5, 1]], "")
    assert embedding.extra["found"].tolist() == [True]
    assert second.name == "sub/b.csv"
    with pytest.raises(Problem, match=r"b.csv lacks columns .* AU01_c"):
        second.read()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "is not a CSV table"),
        ("<html><body>login</body></html>", "web page"),
        ("clip,x\n", "has no rows"),
        ("clip,x\na,1\nb,x\n", r"line 3: 'x' in the column x"),
        ("clip,note\na,fine\n", "no column of numbers"),
        ("clip,x\nq,1\n", "no column that names a take"),
    ],
)
def test_tables_that_cannot_be_used(tmp_path, content, sentence):
    with pytest.raises(Problem, match=sentence) as said:
        opened(tmp_path / "t.csv", content)
    assert "t.csv" in str(said.value)


def test_folders_that_cannot_be_used(tmp_path):
    with pytest.raises(Problem, match="does not exist"):
        open_foreign(tmp_path / "nowhere", Manner(), known=KNOWN)
    with pytest.raises(Problem, match="holds no csv, npz or npy"):
        open_foreign(tmp_path, Manner(), known=KNOWN)
    np.save(tmp_path / "a.npy", np.ones(3))
    with pytest.raises(Problem, match="give the folder"):
        open_foreign(tmp_path / "a.npy", Manner(), known=KNOWN)
    (tmp_path / "a.csv").write_text("x\n1\n")
    with pytest.raises(Problem, match=r"both \.csv and \.npy files"):
        open_foreign(tmp_path, Manner(), known=KNOWN)
