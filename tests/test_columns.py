import io

import numpy as np
import pandas as pd
import pytest

from corpus.problem import Problem
from embeddings.columns import choose, naming_column, numbers, read_csv, read_parquet


def text(csv):
    return pd.read_csv(io.StringIO(csv), dtype=str, keep_default_na=False)


def test_labels_ids_and_times_are_not_taken_unless_asked_for(tmp_path):
    table = text("clip,Emotion,actor,fold,AU01_r,note,AU01_c\nx,3,1,0,0.5,fine,1\n")
    taken, left = choose(table, (), tmp_path)
    assert taken == ("AU01_r", "AU01_c")
    assert left == ("clip", "Emotion", "actor", "fold", "note")
    assert choose(table, ("AU*_c", "actor"), tmp_path)[0] == ("actor", "AU01_c")


def test_a_name_with_brackets_is_a_name_and_a_pattern_needs_a_column(tmp_path):
    table = text("mfcc[1],mfcc1\n1,2\n")
    assert choose(table, ("mfcc[1]",), tmp_path)[0] == ("mfcc[1]", "mfcc1")
    with pytest.raises(Problem, match=r"no column 'AU\*'; it has mfcc\[1\], mfcc1"):
        choose(table, ("AU*",), tmp_path)
    with pytest.raises(Problem, match="no column of numbers"):
        choose(text("clip,note\n1,fine\n"), (), tmp_path)


def test_what_is_empty_is_not_a_number_and_text_is_refused(tmp_path):
    table = text("a,b\n1,\n 2.5 ,n/a\n-nan(ind),inf\n3e2,4\n")
    values = numbers(table, ["a", "b"], tmp_path)
    np.testing.assert_array_equal(values[:, 0], [1, 2.5, np.nan, 300])
    np.testing.assert_array_equal(values[:, 1], [np.nan, np.nan, np.inf, 4])
    with pytest.raises(Problem, match=r"t.csv, line 3: '1,5' in the column a is no nu"):
        numbers(text('a\n1\n"1,5"\n'), ["a"], tmp_path / "t.csv")


def test_the_column_that_names_takes_is_found():
    table = text("n,value,clip\n1,0.5,a\n2,0.25,b\n")
    assert naming_column(table, {"a": 1, "b": 1}.get) == "clip"
    assert naming_column(table, {"1": 1}.get) == "n"
    assert naming_column(table, {}.get) == ""


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_table_may_be_parted_by_other_marks(tmp_path, mark):
    path = tmp_path / "t.csv"
    path.write_text(mark.join(["\ufeffframe", " AU01_r"]) + "\n" + mark.join("12"))
    assert read_csv(path).to_dict("list") == {"frame": ["1"], "AU01_r": ["2"]}
    assert list(read_csv(path, lambda name: name == "AU01_r")) == ["AU01_r"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b" <!DOCTYPE html><p>404", "is a web page"),
        (b"", "is not a CSV table"),
        (b"\x89PNG\r\n\x1a\n\0\xff", "is not a CSV table"),
    ],
)
def test_what_is_no_table_is_one_sentence(tmp_path, content, sentence):
    (tmp_path / "t.csv").write_bytes(content)
    with pytest.raises(Problem, match=sentence):
        read_csv(tmp_path / "t.csv")


def test_lists_in_parquet_become_columns(tmp_path):
    pytest.importorskip("pyarrow")
    path = tmp_path / "t.parquet"
    pd.DataFrame({"take": ["a", "b"], "v": [[1.0, 2.0], [3.0, 4.0]]}).to_parquet(path)
    assert list(read_parquet(path)) == ["take", "v_0", "v_1"]
    path.write_bytes(b"PAR1 not")
    with pytest.raises(Problem, match="no parquet table"):
        read_parquet(path)
