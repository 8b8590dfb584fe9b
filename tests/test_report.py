import itertools
import json
import os
from html.parser import HTMLParser

import pandas as pd
import pytest
from run_folders import manifest_of, predictions_of, write_exhibits, write_run

from corpus.files import write_json
from corpus.problem import Problem
from evaluation.metrics import score
from evaluation.predictions import read_predictions, write_predictions
from evaluation.report import write_report

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Page(HTMLParser):
    """Collects what the tests ask of a page, and its plain text."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.ids, self.text = [], [], [], ""
        self.feed(text)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id"]

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, f"</{tag}> closes nothing"

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += data

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def words(self):
        return " ".join(self.text.split())


def page_of(run):
    path = write_report(run)
    assert path == run / "report.html"
    return Page(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    run = write_run(tmp_path_factory.mktemp("full"))
    return run, page_of(run)


@pytest.fixture(scope="module")
def audio_only(tmp_path_factory):
    run = write_run(
        tmp_path_factory.mktemp("audio"),
        systems={"audio": 1.2},
        seeds=(0,),
        weights={"audio": {"source": "random:0", "verified": "random"}},
        corpora=[{"name": "ravdess", "synthetic": False, "takes": 832}],
    )
    return run, page_of(run)


@pytest.fixture(params=["full", "audio_only"])
def page(request):
    return request.getfixturevalue(request.param)[1]


def test_the_page_fetches_nothing(page):
    for tag, attributes in page.tags:
        for name in ("src", "href", "xlink:href", "data", "srcset", "action"):
            value = attributes.get(name, "#")
            assert value.startswith(("#", "data:")), (tag, name, value)
    assert not page.all("script") and not page.all("iframe")


def test_no_address_hides_in_styles(full):
    text = (full[0] / "report.html").read_text(encoding="utf-8")
    assert "http:" not in text and "https:" not in text and "@import" not in text
    assert len(text.encode()) < 5_000_000


def test_the_page_can_be_heard_and_walked_by_keyboard(page):
    (html,) = page.all("html")
    assert html["lang"] == "en"
    assert len(page.all("h1")) == 1 and len(page.all("main")) == 1
    assert any(a.get("class") == "skip" and a["href"] == "#main" for a in page.all("a"))
    for svg in page.all("svg"):
        assert svg["role"] == "img" and svg["aria-label"]
    assert all(image.get("alt") for image in page.all("img"))
    assert len(page.all("caption")) == len(page.all("table"))
    assert all(cell.get("scope") in ("row", "col") for cell in page.all("th"))
    regions = [tag for _, tag in page.tags if tag.get("role") == "region"]
    assert all(tag["aria-label"] and tag["tabindex"] == "0" for tag in regions)


def test_ids_are_unique_and_links_lead_somewhere(page):
    assert len(page.ids) == len(set(page.ids))
    targets = {a["href"][1:] for a in page.all("a")}
    labelled = {
        tag["aria-labelledby"] for _, tag in page.tags if "aria-labelledby" in tag
    }
    assert targets | labelled <= set(page.ids)


def test_light_dark_and_paper(full):
    text = (full[0] / "report.html").read_text(encoding="utf-8")
    assert "prefers-color-scheme: dark" in text and "@media print" in text
    assert 'name="viewport"' in text


def test_everything_is_shown(full):
    run, page = full
    metrics = score(read_predictions(run / "predictions.csv"))
    measured = metrics["systems"]["stacked"]["test"]["accuracy"]["mean"]
    for words in (
        "Recipe thesis",
        "Reproduced",
        "Beyene 2019 has 87.0 %",
        f"{100 * measured:.1f}",
        "stacked is better",
        "Training and test share, as it allows: speakers.",
        "312 of 312 100 %",
        "Compare Table 2 of the thesis",
        "Compare Table 3 of the thesis",
        "Compare Figure 39 of the thesis",
        "Compare Figures 31 and 32 of the thesis",
        "Compare Figures 35 and 36 of the thesis",
        "Seed s draws its own split and its own initialisation",
        "114,731 of 123,552 frames (92.86 %)",
        "1 h 47 min",
        "2.3 GB",
        "emostack reproduce --recipe thesis --data RAVDESS --out RUN",
        "0123456789abcdef0123456789abcdef01234567 with changes",
        "ab" * 32,
        "macro avg",
    ):
        assert words in page.words.replace("\xa0", " "), words
    assert "What is missing" not in page.words
    assert not (run / "metrics.json").exists()  # a report writes a report


def test_facts_stand_in_markdown_and_tables_too(full):
    run, _ = full
    text = (run / "report.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    for line, after in itertools.pairwise(rows):
        if set(after) <= set("| -:"):  # the rule below a table's head
            assert after.count("|") == line.count("|"), line
    for words in ("**Reproduced**", "p, Holm", "| speakers | 312 of 312 |", "```sh"):
        assert words in text, words
    assert "<b>" not in text and "&nbsp;" not in text
    groups = pd.read_csv(run / "groups.csv", dtype={"value": str})
    assert {"speaker", "sex", "face coverage"} <= set(groups["column"])
    bins = pd.read_csv(run / "calibration.csv")
    assert (bins.groupby("system")["predictions"].sum() == 3 * 312).all()
    wrong = pd.read_csv(run / "mistakes.csv")
    assert wrong["confidence"].is_monotonic_decreasing
    assert {"audio_said", "visual_said"} <= set(wrong.columns)


def test_every_accuracy_has_chance_beside_it(full):
    words = full[1].words
    for section in ("Verdict", "Systems side by side", "Speakers and groups"):
        part = words[words.rindex(f" {section} ") :]
        assert "14.3" in part[:6000], section


def test_leaks_stand_right_after_the_verdict(full):
    words = full[1].words
    places = [words.rindex(f" {name} ") for name in ("Verdict", "Leaks", "Systems")]
    assert places == sorted(places)


def test_leaks_of_all_seeds_are_one_table(full):
    assert "of all its takes, summed over 3 seeds." in full[1].words
    text = (full[0] / "report.md").read_text(encoding="utf-8")
    assert "counterpart in the first, summed over 3 seeds." in text


def test_chosen_takes_are_shown_with_their_faces_and_answers(tmp_path):
    systems = {"visual": 1.0, "stacked": 2.0}
    run = write_run(tmp_path / "run", systems=systems, seeds=(0, 1))
    takes = ("ravdess-01-0000", "ravdess-02-0001")
    write_exhibits(run, takes)
    page = page_of(run)
    (image,) = page.all("img")
    assert (
        image["src"].startswith("data:image/png;base64,") and takes[0] in image["alt"]
    )
    (drawn,) = [svg for svg in page.all("svg") if takes[0] in svg["aria-label"]]
    assert "fear until 2.0 s" in drawn["aria-label"]
    words = page.words.replace("\xa0", " ")
    for said in (
        "Test takes of seed 0, chosen by a rule: the most certain right answers of",
        f"{takes[0]}: fear, recognised with 99 %.",
        "Right for good: visual from 0.5 s, stacked from 0.8 s (of 2.0 s).",
        "Audio gives one embedding a take",
        "0.2 0.8✕ 1.2",
        "Faces: RAVDESS (Livingstone and Russo 2018, doi",
        "CC BY-NC-SA 4.0",
    ):
        assert said in words, said
    assert takes[1] not in words.partition("Chosen takes Test")[2]  # nothing to show
    text = (run / "report.md").read_text(encoding="utf-8")
    row = f"| `{takes[0]}` | test | fear | fear 99 % | 0.5 | 0.8 | 2.0 |"
    assert row in text and takes[1] not in text.partition("## Chosen takes")[2]


def test_takes_that_were_asked_for_are_not_called_a_choice(tmp_path):
    write_predictions(
        tmp_path / "predictions.csv",
        predictions_of(systems={"stacked": 2.0}, seeds=(0,)),
    )
    write_json(tmp_path / "manifest.json", manifest_of(exhibits=["", ["take-1"]]))
    write_exhibits(tmp_path)
    words = page_of(tmp_path).words
    assert "Takes that were asked for." in words and "by a rule" not in words


def test_without_chosen_takes_that_is_said(audio_only):
    assert (
        "No take of this run was chosen to be shown by itself." in audio_only[1].words
    )


def test_what_the_run_was_is_all_there(tmp_path):
    run = write_run(
        tmp_path / "run",
        systems={"audio": 1.0},
        seeds=(0,),
        store_bytes={"audio": 26_000_000},
        left_out={"audio": "2 takes without sound (a, b)"},
        limit=1248,
        machine={"cores": 8, "gpu": ["NVIDIA H200"], "system": "Linux-6.1"},
    )
    (run / "recipe.toml").write_text('name = "<thesis>"\n')
    words = page_of(run).words.replace("\xa0", " ")
    for said in (
        "Embeddings in the store: audio 26 MB.",
        "Left out: 2 takes without sound (a, b). The run was limited to 1,248 takes.",
        "8 cores, NVIDIA H200, Linux-6.1",
        'name = "<thesis>"',
        "what ran side by side is added up",
    ):
        assert said in words, said
    text = (run / "report.md").read_text(encoding="utf-8")
    assert "audio embeddings in the store: 26 MB" in text


def test_a_broken_promise_is_a_caution(tmp_path):
    manifest = manifest_of()
    manifest["leaks"][0]["promised_apart"] = True
    write_json(tmp_path / "manifest.json", manifest)
    words = page_of(tmp_path).words
    assert "What must not be shared, is 312 of 312 takes of test are by a" in words
    assert "312 of 312, promised apart" in words


def test_folds_of_a_seed_are_said(tmp_path):
    run = write_run(tmp_path / "run", systems={"audio": 1.0}, seeds=(0,))
    split = pd.read_csv(run / "splits" / "seed-0.csv")
    folds = pd.concat([split, split.assign(fold=1)])
    folds.to_csv(run / "splits" / "seed-0.csv", index=False)
    assert "each seed has 2 folds" in page_of(run).words
    text = (run / "report.html").read_text(encoding="utf-8")
    assert '<td class="n">624</td><td class="n">312</td>' in text


def test_out_of_fold_stacking_is_a_system_like_any_other(tmp_path):
    systems = {"audio": 1.2, "stacked": 2.0, "stacked_out_of_fold": 2.2}
    words = page_of(write_run(tmp_path / "run", systems=systems, seeds=(0,))).words
    assert "stacked, out of fold" in words
    assert "no take is held back for it" in words
    assert "exact McNemar test, which with one seed" in words


def test_the_command_is_made_up_for_where_it_was_not_recorded(tmp_path):
    run = write_run(tmp_path / "mine", systems={"audio": 1.0}, command=None)
    (run / "recipe.toml").write_text("")
    said = "emostack reproduce --recipe mine/recipe.toml --data /data/RAVDESS --out"
    assert f"{said} mine-again --seeds 3" in page_of(run).words


def test_metrics_of_an_older_version_are_made_again(tmp_path):
    run = write_run(tmp_path / "run", systems={"audio": 1.0}, seeds=(0,))
    old = score(read_predictions(run / "predictions.csv"))
    del old["schema"], old["groups"]
    for parts in old["systems"].values():
        del parts["test"]["calibration"], parts["test"]["speakers"]
    write_json(run / "metrics.json", old)
    assert "Expected calibration error" in page_of(run).words
    (run / "predictions.csv").unlink()  # then the old ones are all there is
    words = page_of(run).words
    measured = old["systems"]["audio"]["test"]["accuracy"]["mean"]
    assert "There are no probabilities" in words
    assert f"{100 * measured:.1f} [" in words


def test_random_weights_are_said_before_anything_else(audio_only):
    words = audio_only[1].words
    assert words.index("Random weights") < words.index("Verdict")
    assert "Not comparable with Beyene 2019, because" in words
    assert "The run has 832 takes, the paper 1,248." in words
    assert "no stacked system" in words
    assert "not in this run" in words


def test_a_made_up_corpus_and_failed_takes_are_said_at_the_top(tmp_path):
    metrics = score(predictions_of(systems={"audio": 1.0}, seeds=(0,)))
    write_json(tmp_path / "metrics.json", metrics)
    manifest = manifest_of(
        systems=["audio"],
        corpora=[{"name": "made-up", "synthetic": True, "takes": 336}],
        failed=[{"take": "m-1", "stage": "extract-audio", "why": "no <sound>."}],
    )
    write_json(tmp_path / "manifest.json", manifest)
    words = page_of(tmp_path).words
    assert words.index("Synthetic corpus") < words.index("Verdict")
    assert words.index("1 take failed") < words.index("Verdict")
    assert "no <sound>." in words  # escaped, not a tag


def test_only_predictions(tmp_path):
    table = predictions_of(systems={"audio": 1.0, "visual": 1.0}, seeds=(0,))
    write_predictions(tmp_path / "predictions.csv", table)
    words = page_of(tmp_path).words
    assert "manifest.json: recipe" in words
    assert "figure to be held to" in words
    assert "Leaks were not counted" in words


def test_names_from_elsewhere_are_only_text(tmp_path):
    name = 'my <b>$net$ | "one" & all'
    table = predictions_of(systems={name: 1.0}, seeds=(0,))
    write_predictions(tmp_path / "predictions.csv", table)
    page = page_of(tmp_path)
    assert name in page.words
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "my &lt;b>$net$ \\| " in text


def test_an_index_of_another_corpus_is_a_sentence(tmp_path):
    run = write_run(tmp_path / "run", systems={"audio": 1.0}, seeds=(0,))
    table = run / "index" / "takes.csv"
    table.write_text(table.read_text().replace("ravdess-01", "savee-01"))
    with pytest.raises(Problem, match="predicted takes are not in the index, the fir"):
        write_report(run)


def test_only_a_manifest(tmp_path):
    write_json(tmp_path / "manifest.json", manifest_of())
    words = page_of(tmp_path).words
    assert "Any score: neither predictions.csv nor metrics.json" in words


@pytest.mark.parametrize("keep", [True, False])
def test_a_manifest_with_nothing_in_it(tmp_path, keep):
    manifest = dict.fromkeys(manifest_of()) if keep else {}
    write_json(tmp_path / "manifest.json", manifest | {"recipe": "thesis"})
    table = predictions_of(systems={"audio": 1.0}, seeds=(0,))
    write_predictions(tmp_path / "predictions.csv", table)
    words = page_of(tmp_path).words
    assert "Recipe thesis" in words and "Leaks were not counted" in words


def test_stale_metrics_are_not_shown(tmp_path):
    table = predictions_of(systems={"audio": 1.0}, seeds=(0,))
    old = score(table)
    old["systems"]["audio"]["test"]["accuracy"]["mean"] = 0.01234
    write_json(tmp_path / "metrics.json", old)
    write_predictions(tmp_path / "predictions.csv", table)
    os.utime(tmp_path / "metrics.json", (1, 1))
    assert " 1.2 [" not in page_of(tmp_path).words


def test_a_run_folder_is_not_any_folder(tmp_path):
    with pytest.raises(Problem, match=r"neither manifest\.json nor predictions\.csv"):
        write_report(tmp_path)
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(Problem, match=r"manifest\.json is not JSON"):
        write_report(tmp_path)
    (tmp_path / "manifest.json").write_text(json.dumps([1]))
    with pytest.raises(Problem, match="holds no JSON object"):
        write_report(tmp_path)
    (tmp_path / "manifest.json").write_text("{}")
    (tmp_path / "metrics.json").write_text("{}")
    with pytest.raises(Problem, match=r"metrics\.json holds no scores"):
        write_report(tmp_path)


def test_a_broken_history_is_left_out(full, tmp_path):
    run = write_run(tmp_path / "run", systems={"audio": 1.0}, seeds=(0,))
    file = run / "heads" / "seed-0" / "audio" / "history.csv"
    file.write_text("")
    assert "No training history was found" in page_of(run).words
