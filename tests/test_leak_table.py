"""Leaks, arranged for reading."""

from takes import ravdess_index

from corpus.leaks import count_leaks
from corpus.splits import make_split
from evaluation.leak_table import leak_table


def leak(kind, count, *, parts=("base", "test"), apart=False, of=10):
    return {
        "kind": kind,
        "parts": list(parts),
        "count": count,
        "of": of,
        "unknown": 0,
        "promised_apart": apart,
    }


def test_what_is_shared_comes_first_and_test_takes_most_to_the_left():
    table = leak_table(
        [
            leak("identical sound", 0, parts=("base", "stack"), apart=True),
            leak("identical sound", 0, apart=True),
            leak("speakers", 10, parts=("base", "stack")),
            leak("speakers", 10),
        ]
    )
    assert table["pairs"] == [("base", "test"), ("base", "stack")]
    assert [row["kind"] for row in table["rows"]] == ["speakers", "identical sound"]
    assert table["shared"] == ["speakers"] and table["broken"] == []


def test_a_broken_promise_and_a_copy_of_a_test_take_are_sentences():
    table = leak_table([leak("speakers", 3, apart=True), leak("copies of one take", 1)])
    assert table["broken"] == [
        "3 of 10 takes of test are by a speaker of base",
        "1 of 10 takes of test are a copy of a take of base",
    ]
    assert table["shared"] == []


def test_not_counted_is_not_none():
    assert leak_table(None) is None
    assert leak_table([])["rows"] == []


def test_what_the_chain_counts_can_be_shown():
    index = ravdess_index(range(1, 13))
    split = make_split(index, protocol="speakers", ratios=(0.5, 0.25, 0.25), seed=0)
    table = leak_table(count_leaks(index.takes, split))
    rows = {row["kind"]: row["cells"] for row in table["rows"]}
    assert all(
        cell["promised_apart"] and not cell["count"] for cell in rows["speakers"]
    )
    assert all(len(cells) == len(table["pairs"]) for cells in rows.values())
    assert "statements" in table["shared"]
