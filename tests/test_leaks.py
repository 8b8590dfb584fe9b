from takes import ravdess_index

from corpus.leaks import count_leaks
from corpus.splits import make_split

INDEX = ravdess_index()


def counted(protocol, **options):
    split = make_split(INDEX, protocol=protocol, **options)
    rows = count_leaks(INDEX.takes, split)
    return {(row["kind"], *row["parts"]): row for row in rows}


def test_a_stratified_split_shares_every_speaker():
    leaks = counted("stratified")
    speakers = leaks["speakers", "base", "test"]
    assert (speakers["count"], speakers["of"]) == (312, 312)
    assert not speakers["promised_apart"]
    # A take's twin is in base half of the time (facts C.3).
    assert 110 < leaks["repetition twins", "base", "test"]["count"] < 200


def test_a_split_by_speakers_shares_none():
    leaks = counted("speakers")
    for pair in (("base", "stack"), ("base", "test"), ("stack", "test")):
        assert leaks[("speakers", *pair)]["count"] == 0
        assert leaks[("speakers", *pair)]["promised_apart"]
        assert leaks[("repetition twins", *pair)]["count"] == 0


def test_identical_sound_is_counted_where_the_paper_parts_it():
    parted = 0
    for seed in range(8):
        leaks = counted("stratified", seed=seed, separate_identical_sound=False)
        kind = "identical sound"
        parted += sum(row["count"] for key, row in leaks.items() if key[0] == kind)
        kept = counted("stratified", seed=seed)
        assert not sum(row["count"] for key, row in kept.items() if key[0] == kind)
    assert parted


def test_watching_the_test_part_is_a_leak_of_its_own():
    rows = count_leaks(INDEX.takes, make_split(INDEX), validation="test")
    assert rows[-1]["kind"] == "validation"
    assert rows[-1]["count"] == 312
