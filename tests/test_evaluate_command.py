"""`emostack evaluate` on predictions made elsewhere: scored, or one sentence."""

import json

import numpy as np
import pandas as pd
import pytest
from takes import ravdess_index

from corpus.labels import THESIS
from corpus.splits import make_split
from evaluation.intervals import wilson
from scripts.command import main

P = [f"p_{label}" for label in THESIS]


@pytest.fixture(scope="module")
def index():
    return ravdess_index(range(1, 9))


@pytest.fixture(scope="module")
def folder(index, tmp_path_factory):
    """An index and three splits of it, as the commands write them."""
    root = tmp_path_factory.mktemp("elsewhere")
    index.write(root / "index")
    for name, settings in {
        "split": {},
        "other": {"seed": 1},
        "folds": {"protocol": "speaker_folds:4"},
    }.items():
        make_split(index, **settings).write(root / f"{name}.csv")
    return root


@pytest.fixture(scope="module")
def tested(index):
    return make_split(index).takes("test")


@pytest.fixture
def theirs(index, tested):
    return table_of(index, tested)


def table_of(index, takes, strength=2.0):
    """What somebody may hand over: takes, truth and probabilities, and no more."""
    emotions = index.takes.set_index("take")["emotion"][list(takes)]
    rng = np.random.default_rng(3)
    logits = strength * np.eye(7)[[THESIS.index(emotion) for emotion in emotions]]
    p = np.exp(logits + rng.normal(size=logits.shape))
    p = (p / p.sum(axis=1, keepdims=True)).round(4)
    columns = dict(zip(P, p.T, strict=True))
    return pd.DataFrame({"take": list(takes), "true": list(emotions), **columns})


@pytest.fixture
def evaluate(folder, tmp_path, capsys):
    """Run the command on a table; return its exit code and what was said."""

    def run(table, *words, options=("--split", "split.csv", "--index", "index")):
        path = tmp_path / "theirs.csv"
        if isinstance(table, pd.DataFrame):
            table.to_csv(path, index=False)
        else:
            path.write_bytes(table)
        options = [
            word if word.startswith("--") else str(folder / word) for word in options
        ]
        code = main(["evaluate", "--predictions", str(path), *options, *words])
        said = capsys.readouterr()
        return code, said.out, said.err.strip()

    return run


@pytest.fixture
def refused(evaluate):
    def run(table, **options):
        code, _, error = evaluate(table, **options)
        assert code == 4
        assert error.startswith("emostack: ") and "\n" not in error
        assert "Traceback" not in error
        return error

    return run


def test_takes_and_probabilities_are_enough(evaluate, theirs, tmp_path):
    out = tmp_path / "scores.json"
    code, said, _ = evaluate(theirs.drop(columns="true"), "--out", str(out))
    assert code == 0
    metrics = json.loads(out.read_text())
    test = metrics["systems"]["theirs"]["test"]
    assert test["n"] == len(theirs) == 104
    right = round(test["accuracy"]["mean"] * 104)
    assert test["accuracy"]["interval"] == pytest.approx(wilson(right, 104))
    low, high = (f"{100 * end:.1f}" for end in wilson(right, 104))
    assert f"{low} to {high}" in said
    for words in ("theirs.csv, protocol stratified", "chance", "commonest class"):
        assert words in said
    columns = {row["column"] for row in metrics["groups"]}
    assert columns == {"speaker", "sex", "intensity", "statement"}
    assert "speaker 03" in said and "sex female" in said
    assert test["calibration"]["ece"] > 0


def test_neither_split_nor_index_is_needed(evaluate, theirs):
    code, said, _ = evaluate(theirs, options=())
    assert code == 0
    assert "protocol not recorded" in said and "commonest class" in said
    assert "sex female" not in said


def test_labels_without_probabilities(evaluate, theirs, tmp_path):
    theirs["predicted"] = theirs["true"].replace("anger", "fear")
    out = tmp_path / "scores.json"
    code, said, _ = evaluate(theirs.drop(columns=P), "--out", str(out))
    assert code == 0 and "84.6 %" in said
    metrics = json.loads(out.read_text())
    assert set(metrics["labels"]) == set(THESIS)
    assert metrics["systems"]["theirs"]["test"]["calibration"] is None


def test_another_order_of_labels_and_rows_changes_nothing(evaluate, theirs):
    _, said, _ = evaluate(theirs)
    shuffled = theirs.sample(frac=1, random_state=0)[["true", *P[::-1], "take"]]
    code, again, _ = evaluate(shuffled)
    assert code == 0 and again == said


def test_takes_may_be_called_as_their_files_are(evaluate, theirs):
    _, said, _ = evaluate(theirs)
    named = theirs.assign(take="AV/01" + theirs["take"].str[7:] + ".mp4")
    code, again, _ = evaluate(named)
    assert code == 0 and again == said


def test_several_systems_and_seeds_of_one_split(evaluate, theirs, index, tested):
    weak = table_of(index, tested, strength=0.5)
    tables = [
        table.assign(system=system, seed=seed)
        for system, table in (("stacked", theirs), ("audio", weak))
        for seed in (0, 1)
    ]
    code, said, _ = evaluate(pd.concat(tables))
    assert code == 0 and "2 seeds" in said
    assert "stacked" in said and "audio" in said


def test_a_split_of_each_seed(evaluate, refused, index):
    options = ("--index", "index", "--split", "split.csv", "other.csv")
    tables = [
        table_of(index, make_split(index, seed=seed).takes("test")).assign(seed=seed)
        for seed in (0, 1)
    ]
    assert evaluate(pd.concat(tables), options=options)[0] == 0
    swapped = pd.concat([tables[0].assign(seed=1), tables[1].assign(seed=0)])
    assert "predicted a take that is not of the test" in refused(
        swapped, options=options
    )
    assert "there is no split of seed '2' (only of 0, 1)" in refused(
        pd.concat([tables[0], tables[1].assign(seed=2)]), options=options
    )
    assert "no column `seed`, and there are 2 splits" in refused(
        tables[0].drop(columns="seed"), options=options
    )
    twice = ("--split", "split.csv", "split.csv")
    assert "are both of seed 0" in refused(tables[0], options=twice)


def test_the_split_says_which_fold_a_take_is_of(evaluate, refused, index):
    options = ("--split", "folds.csv", "--index", "index")
    table = table_of(index, index.takes["take"])
    code, said, _ = evaluate(table, options=options)
    assert code == 0 and "416" in said and "speaker_folds:4" in said
    error = refused(table[:-2], options=options)
    assert "has no prediction of take" in error and "of fold" in error
    assert "416 takes" in error
    assert "that is not of the test part of fold" in refused(
        table.assign(fold=1), options=options
    )


@pytest.mark.parametrize(
    "spoil, said",
    [
        # What the table lacks, or is not.
        (lambda t: t.drop(columns="take"), "lacks take; it has the columns true, p_a"),
        (lambda t: t.drop(columns=P), "lacks a column p_<label> for each label"),
        (lambda t: t[["take", "true", P[0]]], "lacks a column p_<label> for each"),
        (lambda t: t[:0], "holds no predictions"),
        (lambda t: b"", "not a CSV table (it is empty)"),
        (lambda t: "täke\n".encode("latin-1"), "line 1 is not UTF-8"),
        (lambda t: t.to_csv(sep=";").encode(), "separated by ';'"),
        (lambda t: t.to_csv(index=False).encode() + b"x,y\n", "line 106: 2 values"),
        # Takes.
        (lambda t: t[3:], "has no prediction of take 'ravdess-01-0"),
        (lambda t: t[3:], "and 2 more; the test part of"),
        (lambda t: pd.concat([t, t[:1]]), "line 106, take 'ravdess-01-0"),
        (lambda t: pd.concat([t, t[:1]]), "(the first is in line 2); keep one"),
        (lambda t: cell(t, take="me"), "line 4, take 'me': the index has no such"),
        (
            lambda t: pd.concat([t, t[:1].assign(take="01" + t["take"].str[7:])]),
            "line 106, take 'ravdess-01-0",
        ),
        (lambda t: t.assign(part="dev"), "no predictions of the part 'test' (only"),
        (lambda t: t.assign(split_digest="ab12"), "its split is 'ab12', and that of"),
        (lambda t: t.assign(seed="one"), "seed is 'one', not a whole number"),
        # Labels.
        (lambda t: cell(t, true="joy"), "line 4, take 'ravdess-"),
        (lambda t: cell(t, true="joy"), "true is 'joy', which has no column p_joy"),
        (lambda t: t.rename(columns={"p_fear": "p_x"}), "true is 'fear', which has no"),
        (
            lambda t: t.replace("anger", "Angry").rename(
                columns={"p_anger": "p_Angry"}
            ),
            "has the label 'Angry', which the index calls 'anger'; rename it",
        ),
        (
            lambda t: t.assign(p_bored=0.0),
            "has the label 'bored', and no take of the index is that (they are anger",
        ),
        (
            lambda t: t.assign(true=t["true"].to_numpy()[::-1]),
            "and the index says 'anger'",
        ),
        # Probabilities.
        (lambda t: t.assign(**(100 * t[P])), "sum to 100, not 1; give probabilities"),
        (lambda t: cell(t, p_fear=0.9), "line 4, take 'ravdess-"),
        (lambda t: cell(t, p_fear="-"), "p_fear is '-', not a number"),
        (lambda t: cell(t, p_fear=""), "p_fear is '', not a number"),
        (lambda t: t.assign(**np.log(t[P] + 1e-9)), "negative or not finite"),
        (lambda t: t.assign(predicted="fear"), "predicted is 'fear', but 'anger' is"),
    ],
)
def test_what_is_wrong_is_one_sentence(refused, theirs, spoil, said):
    theirs = theirs.sort_values("true", kind="stable")
    error = refused(spoil(theirs))
    assert said in error
    assert "theirs.csv" in error


def cell(table, **values):
    """Replace cells of the third row, which is line 4."""
    table = table.astype(object)
    for column, value in values.items():
        table.iloc[2, table.columns.get_loc(column)] = value
    return table


def test_takes_of_another_part_are_told(refused, index, tested):
    base = make_split(index).takes("base")[:1]
    error = refused(table_of(index, [*tested, *base]))
    assert f"line 106, take {base[0]!r}: theirs (seed 0) predicted a take that" in error
    assert "is not of the test part (" in error and "104 takes to test" in error
    both = pd.concat([table_of(index, tested), table_of(index, base)])
    assert "lacks true (or give --index" in refused(
        both.drop(columns="true"), options=("--split", "split.csv")
    )


def test_other_parts_may_be_there_if_they_are_called_so(evaluate, index, tested):
    base = table_of(index, make_split(index).takes("base")).assign(part="base")
    table = pd.concat([table_of(index, tested).assign(part="test"), base])
    code, said, _ = evaluate(table)
    assert code == 0 and " 104 " in said


def test_a_single_label_is_no_choice(refused, theirs):
    alone = theirs.assign(true="anger", predicted="anger").drop(columns=P)
    assert "knows a single label (anger), with which nothing" in refused(
        alone, options=()
    )


def test_options_that_do_not_go_together(tmp_path, folder, theirs, refused, capsys):
    run = tmp_path / "run"
    words = ["evaluate", "--run", str(run), "--index", str(folder / "index")]
    assert main(words) == 4
    assert "a run has its own splits and index" in capsys.readouterr().err
    path = tmp_path / "theirs.csv"
    theirs.to_csv(path, index=False)
    assert main(["evaluate", "--predictions", str(path), "--by-group"]) == 4
    assert "results by group need an index" in capsys.readouterr().err
    for options, said in (
        (("--split", "no.csv"), "no.csv does not exist"),
        (("--split", "index/takes.csv"), "takes.csv is not a split"),
        (("--index", "no"), "no holds no index"),
    ):
        assert said in refused(theirs, options=options)
