import dataclasses

import pandas as pd
import pytest
from takes import ravdess_index

from corpus.leaks import broken, count_leaks, lines, sentence
from corpus.splits import make_split

INDEX = ravdess_index()
PAIRS = (("base", "stack"), ("base", "test"), ("stack", "test"))


def counted(protocol, *, index=INDEX, **options):
    split = make_split(index, protocol=protocol, **options)
    rows = count_leaks(index.takes, split)
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
    for pair in PAIRS:
        assert leaks[("speakers", *pair)]["count"] == 0
        assert leaks[("speakers", *pair)]["promised_apart"]
        assert leaks[("repetition twins", *pair)]["count"] == 0


def test_counts_are_summed_over_the_folds():
    leaks = counted("speaker_folds:4")
    assert leaks["statements", "base", "test"]["of"] == len(INDEX)
    assert leaks["statements", "base", "test"]["count"] == len(INDEX)
    assert leaks["statements", "base", "stack"]["of"] == 4 * 312
    one = make_split(INDEX, protocol="leave_one_speaker_out")
    assert not any(
        row["count"] for row in count_leaks(INDEX.takes, one) if row["promised_apart"]
    )


def test_what_only_the_test_part_is_kept_from_is_told_apart():
    leaks = counted("statements")
    assert leaks["statements", "base", "stack"]["count"] == 2 * 208
    assert not leaks["statements", "base", "stack"]["promised_apart"]
    for pair in PAIRS[1:]:
        assert leaks[("statements", *pair)]["count"] == 0
        assert leaks[("statements", *pair)]["promised_apart"]


def test_a_part_for_validation_is_counted_as_the_others():
    rows = count_leaks(INDEX.takes, make_split(INDEX, protocol="katerynach"))
    pairs = {tuple(row["parts"]) for row in rows}
    assert ("base", "validation") in pairs
    assert ("validation", "test") in pairs
    assert len(pairs) == 6
    assert not broken(rows)


def test_a_column_that_the_protocol_parts_by_is_counted():
    takes = INDEX.takes.assign(language=(["en", "fr", "it", "en"] * 312))
    index = dataclasses.replace(INDEX, takes=takes)
    leaks = counted(
        "group:language", index=index, separate_identical_sound=False, seed=1
    )
    assert leaks["language", "base", "test"]["promised_apart"]
    assert leaks["language", "base", "test"]["count"] == 0


def test_identical_sound_is_counted_where_the_paper_parts_it():
    parted = 0
    for seed in range(8):
        leaks = counted("stratified", seed=seed, separate_identical_sound=False)
        kind = "identical sound"
        met = [row for key, row in leaks.items() if key[0] == kind and row["count"]]
        parted += len(met)
        tested = [row for row in met if row["parts"][1] == "test"]
        assert broken(leaks.values()) == tested
        kept = counted("stratified", seed=seed)
        assert not sum(row["count"] for key, row in kept.items() if key[0] == kind)
    assert parted


def test_a_broken_promise_is_found():
    split = make_split(INDEX, protocol="speakers")
    table = split.table.copy()
    moved = table.index[table["part"] == "test"][0]
    table.loc[moved, "part"] = "base"
    found = broken(count_leaks(INDEX.takes, dataclasses.replace(split, table=table)))
    assert [(row["kind"], row["parts"], row["count"]) for row in found] == [
        ("speakers", ["base", "test"], 51)
    ]
    assert sentence(found[0]) == "51 of 311 takes of test are by a speaker of base"


def test_copies_of_one_take_are_known_by_name_and_by_bytes():
    # A table of one's own that lists the wav and the mp4 of a take as two takes.
    takes = INDEX.takes.assign(corpus="mine")
    audio = takes.assign(take=takes["take"] + "-a")
    video = takes.assign(
        take=takes["take"] + "-v",
        sound_file="video/" + takes["sound_file"].str.replace("03-", "01-", n=1),
        sound_sha256=takes["sound_sha256"] + "-aac",
        sound_file_sha256=takes["sound_file_sha256"] + "-mp4",
        statement="",
    )
    both = dataclasses.replace(INDEX, takes=pd.concat([audio, video]))
    leaks = counted("stratified", index=both)
    copied = leaks["copies of one take", "base", "test"]
    # Half of all takes are in base, and so are about half of the tested ones' copies.
    assert 0.4 < copied["count"] / copied["of"] < 0.6
    assert copied in broken(leaks.values())
    bytes_only = dataclasses.replace(
        INDEX,
        takes=takes.assign(
            sound_file=takes["take"] + ".wav",
            sound_file_sha256=takes["take"].str.slice(
                0, -6
            ),  # of all speakers and both
        ),
    )
    leaks = counted("stratified", index=bytes_only)
    assert leaks["copies of one take", "base", "test"]["count"] == 312
    assert not counted("stratified")["copies of one take", "base", "test"]["count"]


def test_speech_beside_song_is_counted():
    sung = INDEX.takes.assign(
        take="s" + INDEX.takes["take"],
        vocal_channel="song",
        sound_sha256="s" + INDEX.takes["sound_sha256"],
        sound_file="s" + INDEX.takes["sound_file"],
        sound_file_sha256="s" + INDEX.takes["sound_file_sha256"],
    )
    both = dataclasses.replace(INDEX, takes=pd.concat([INDEX.takes, sung]))
    mixed = counted("speakers", index=both)["speech and song", "base", "test"]
    assert mixed["count"] == mixed["of"] == 624
    only = counted("speakers")["speech and song", "base", "test"]
    assert (only["count"], only["of"]) == (0, 312)


def test_what_the_index_does_not_tell_is_not_called_zero():
    index = dataclasses.replace(INDEX, takes=INDEX.takes.assign(statement=""))
    leaks = counted("stratified", index=index)
    row = leaks["repetition twins", "base", "test"]
    assert (row["count"], row["unknown"]) == (0, 312)
    assert "(not known of 312)" in sentence(row)
    assert lines([row])[1].split() == ["repetition", "twins", "?"]


@pytest.mark.parametrize("where", ["base", "stack"])
def test_augmented_copies_of_test_takes_break_a_run(where):
    split = make_split(INDEX)
    tested, trained = split.takes("test"), split.takes(where)

    def rows(takes, part):
        copies = pd.DataFrame({"take": takes, "fold": 0, "part": part})
        found = count_leaks(INDEX.takes, split, copies=copies)
        return {
            tuple(row["parts"]): row
            for row in found
            if row["kind"] == "augmented copies"
        }

    clean = rows(trained, where)
    assert not any(row["count"] for row in clean.values())
    leaking = rows(tested[:10], where)[where, "test"]
    assert leaking["count"] == 10
    assert broken([leaking])
    # The other way round: what trained is tested again, changed.
    assert broken([rows(trained[:7], "test")[where, "test"]])
    # A test part with copies of its own is not the test that was recorded.
    padded = rows(tested[:5], "test")
    assert padded["test", "test"]["count"] == 5
    assert broken(padded.values()) == [padded["test", "test"]]
    assert not [r for r in count_leaks(INDEX.takes, split) if "aug" in r["kind"]]


def test_watching_the_test_part_is_a_leak_of_its_own():
    pairs = [("base", "stack"), ("stack", "test")]
    rows = count_leaks(INDEX.takes, make_split(INDEX), watching=pairs)
    watched = [row for row in rows if row["kind"] == "validation"]
    assert [(*row["parts"], row["count"]) for row in watched] == [
        ("base", "stack", 312),
        ("stack", "test", 312),
    ]
    assert broken(rows) == [rows[-1]]
    assert sentence(rows[-1]) == "312 of 312 takes of test watch the training of stack"
    split = make_split(INDEX, protocol="brambilla")
    pairs = [("base", "validation"), ("stack", "inner")]
    rows = count_leaks(INDEX.takes, split, watching=pairs)
    assert "validation" not in {row["kind"] for row in rows}


def test_the_table_says_what_is_kept_what_is_shared_and_what_leaks():
    split = make_split(INDEX, protocol="speakers")
    table = split.table.copy()
    table.loc[table.index[table["part"] == "test"][0], "part"] = "base"
    text = lines(count_leaks(INDEX.takes, dataclasses.replace(split, table=table)))
    rows = {line[:20].strip(): line[20:].split("  ") for line in text}
    cells = {kind: [cell.strip() for cell in row if cell] for kind, row in rows.items()}
    assert cells["speakers"] == ["apart", "51/311 LEAK", "apart"]
    assert cells["statements"] == ["312/312", "311/311", "311/311"]
    assert cells["identical sound"] == ["apart"] * 3


def test_takes_that_the_index_has_not_are_left_out():
    split = make_split(INDEX)
    half = INDEX.takes.iloc[::2]
    rows = count_leaks(half, split)
    assert (
        sum(row["of"] for row in rows[:3:2])
        == half["take"].isin(split.takes("stack", "test")).sum()
    )
