"""Tables by others: what is let pass, and what is said of the rest."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.problem import Problem
from evaluation.csv_lines import read_lines


def read(tmp_path, content):
    path = tmp_path / "theirs.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_lines(path)


def test_the_index_is_the_line(tmp_path):
    table = read(tmp_path, "\ufefftake, p\r\na, 01\r\n\r\n,\r\nb, 02\r\n")
    assert table["p"].to_dict() == {2: "01", 5: "02"}  # text stays text


def test_a_value_over_two_lines(tmp_path):
    table = read(tmp_path, 'take,said\na,"kids\ntalk"\nb,dogs\n')
    assert table.index.tolist() == [3, 4]


def test_the_row_numbers_that_pandas_writes_are_no_column(tmp_path):
    assert list(read(tmp_path, ",take\n0,a\n1,b\n")) == ["take"]
    assert list(read(tmp_path, "take,\na,\n")) == ["take"]


names = st.text("abcdefgh", min_size=1, max_size=4)
values = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=8)


@given(
    st.lists(names, min_size=1, max_size=4, unique=True).flatmap(
        lambda header: st.tuples(
            st.just(header),
            st.lists(
                st.tuples(*[values.map(str.strip)] * len(header)).filter(any),
                max_size=5,
            ),
        )
    )
)
def test_what_python_writes_is_read_back(tmp_path_factory, table):
    header, rows = table
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    found = read(tmp_path_factory.mktemp("csv"), text.getvalue())
    assert list(found) == header
    assert [tuple(row) for row in found.to_numpy()] == rows


@pytest.mark.parametrize(
    "content, said",
    [
        (b"", "it is empty"),
        (b" \n\n", "it is empty"),
        (b"PK\x03\x04\x14\x00", "spreadsheet or an archive"),
        (b"\x1f\x8b\x08", "compressed"),
        ("take,p\na,1\n".encode("utf-16"), "in UTF-16"),
        ("take,wer\na,Jörg\n".encode("latin-1"), "line 2 is not UTF-8"),
        (b"take,p\na,\0\n", "not text"),
        (b"take;p_anger;true\na;0,5;b\n", "separated by ';'"),
        (b"take\tp_anger\na\t0.5\n", r"separated by '\\t'"),
        (b"take,p,p\na,1,2\n", "has 2 columns 'p'; keep one"),
        (b"take,p\na,1\nb\n", "line 3: 1 value where the header has 2"),
        (b'take,p\n"a,1\n', "line 2: unexpected end"),
        (b"take,p\na,1,2\nb,1,2\n", "line 2: 3 values where the header has 2"),
        (b"take,p\na," + b"x" * 200_000 + b"\n", "line 2: field larger"),
    ],
)
def test_what_is_no_table_is_a_sentence(tmp_path, content, said):
    with pytest.raises(Problem, match=said) as refused:
        read(tmp_path, content)
    assert str(tmp_path / "theirs.csv") in str(refused.value)
    assert "\n" not in str(refused.value)
