import pytest

from corpus.problem import Problem
from corpus.tables import read_text_table


def test_values_stay_text_and_a_byte_order_mark_is_no_column(tmp_path):
    table = tmp_path / "t.csv"
    table.write_bytes("\ufefftake,speaker\n01,NA\n".encode())
    read = read_text_table(table, cure="make it again")
    assert read.to_dict("list") == {"take": ["01"], "speaker": ["NA"]}


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\xff\xdc", b'a,b\n"open', b"a,b\n\xe4,1\n", b"a\n1\n2,3,4\n"],
)
def test_what_is_no_table_is_one_sentence(tmp_path, content):
    table = tmp_path / "t.csv"
    table.write_bytes(content)
    with pytest.raises(
        Problem, match=r"t.csv is not a CSV table .*; mend it\."
    ) as said:
        read_text_table(table, cure="mend it")
    assert "\n" not in str(said.value)


def test_a_missing_table_is_named(tmp_path):
    with pytest.raises(Problem, match=r"t.csv does not exist; mend it\."):
        read_text_table(tmp_path / "t.csv", cure="mend it")
