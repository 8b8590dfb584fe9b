"""`predict` says what `evaluate` says; everything else is one sentence."""

import csv
import json
import math
import shutil

import numpy as np
import pandas as pd
import pytest
import soundfile
from media import write_tone, write_video

from corpus.index import Index
from corpus.problem import Problem
from corpus.sound import read_waveform
from corpus.splits import Split
from evaluation.predictions import read_predictions
from experiments.bundle import open_bundle
from experiments.prediction.clips import Clip, find_clips
from experiments.prediction.pieces import silenced
from experiments.prediction.system import System
from scripts.command import main

TESTED = 5  # takes: each costs a search for faces


@pytest.fixture(scope="module")
def root(small):
    folder, code = small
    assert code == 0
    return folder


@pytest.fixture(scope="module")
def system(root, tmp_path_factory):
    """The system, from a copy of its bundle that knows nothing of the run."""
    folder = shutil.copytree(
        root / "run" / "bundle", tmp_path_factory.mktemp("elsewhere") / "bundle"
    )
    return open_bundle(folder, artifacts=tmp_path_factory.mktemp("artifacts"))


@pytest.fixture(scope="module")
def tested(root):
    """Some takes of the test part: their files by id."""
    index = Index.read(root / "run" / "index").takes.set_index("take")
    takes = Split.read(root / "run" / "splits" / "seed-0.csv").takes("test")[:TESTED]
    files = root / "data" / index.loc[takes, "picture_file"].astype(object)
    return dict(zip(takes, files, strict=True))


@pytest.fixture(scope="module")
def answers(system, tested):
    """What it says of them, as the networks give it, and what moved that."""
    return system.predict(tested.values(), calibrated=False, explain=True)


@pytest.fixture(scope="module")
def clip(tested):
    return next(iter(tested.values()))


def test_the_same_as_evaluate_row_by_row(root, tested, answers, system):
    rows = read_predictions(root / "run" / "predictions.csv")
    rows = rows[rows["part"] == "test"].set_index(["system", "take"])
    columns = [f"p_{label}" for label in system.labels]
    for take, answer in zip(tested, answers, strict=True):
        assert answer.clip == str(tested[take]) and answer.part == "test"
        assert answer.system == "stacked" and answer.used == ("audio", "visual")
        for name in ("stacked", "audio", "visual"):
            wanted = rows.loc[(name, take), columns].to_numpy(float)
            np.testing.assert_allclose(answer.probabilities[name], wanted, atol=5e-6)
        assert answer.emotion == rows.loc[("stacked", take), "predicted"]


def test_its_table_is_one_that_evaluate_scores(
    root, tested, answers, system, tmp_path, capsys
):
    from experiments.prediction.written import write_answers

    out = tmp_path / "answers.csv"
    write_answers(out, answers, system.bundle, calibrated=False)
    words = ["--predictions", str(out), "--index", str(root / "run" / "index")]
    scores = tmp_path / "scores.json"
    assert main(["evaluate", *words, "--out", str(scores)]) == 0
    capsys.readouterr()
    rows = read_predictions(root / "run" / "predictions.csv")
    rows = rows[(rows["part"] == "test") & (rows["system"] == "stacked")]
    rows = rows[rows["take"].isin(tested)]
    right = float((rows["true"] == rows["predicted"]).mean())
    (scored,) = json.loads(scores.read_text())["systems"].values()
    assert scored["test"]["accuracy"]["mean"] == pytest.approx(right)


def test_tempered_probabilities_name_the_same_emotions(system, clip, answers):
    (answer,) = system.predict([clip])
    assert answer.emotion == answers[0].emotion
    temperature = system.bundle.facts["trust"]["audio"]["temperature"]
    scores = np.log(answers[0].probabilities["audio"]) / temperature
    wanted = np.exp(scores) / np.exp(scores).sum()
    np.testing.assert_allclose(answer.probabilities["audio"], wanted, atol=1e-4)


def test_an_answer_below_the_threshold_is_unsure(system, clip):
    (sure,) = system.predict([clip], unsure_below=0.0)
    (unsure,) = system.predict([clip], unsure_below=1.0)
    assert sure.decision == sure.emotion == unsure.emotion
    assert unsure.decision == "unsure" and not unsure.sure


def test_without_a_medium_the_base_net_answers_and_says_why(
    system, clip, answers, tmp_path
):
    sound = tmp_path / "Grüße 日本.wav"
    waveform = read_waveform(clip)
    soundfile.write(sound, waveform.samples, waveform.rate, "FLOAT")
    pair = [Clip(name="seen", sound=None, picture=clip), sound]
    seen, heard = system.predict(pair, calibrated=False)
    for answer, name, other in ((seen, "visual", "audio"), (heard, "audio", "visual")):
        assert answer.system == name and answer.used == (name,)
        assert list(answer.missing) == [other] and answer.row()["missing"]
        wanted = answers[0].probabilities[name]
        np.testing.assert_allclose(answer.probabilities[name], wanted, atol=5e-6)
    assert seen.row()["answered_by"] == "visual"
    (alone,) = system.predict([clip], modalities=["audio"], calibrated=False)
    assert alone.system == "audio" and not alone.missing


def test_a_video_without_a_face_is_answered_by_its_sound(system, tmp_path):
    (heard,) = system.predict([write_video(tmp_path / "faceless.mp4", frames=30)])
    assert heard.used == ("audio",) and heard.coverage == 0.0
    assert heard.missing == {"visual": "no face in any frame"}


def test_bad_files_are_a_sentence_each(system, clip, tmp_path):
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(clip.read_bytes()[:20_000])
    empty = tmp_path / "empty.mp4"
    empty.touch()
    text = tmp_path / "text.txt"
    text.write_text("Not a recording at all.\n")
    faceless = write_video(tmp_path / "faceless.mp4", sound=False)
    silent = tmp_path / "silent.wav"
    soundfile.write(silent, np.zeros(16_000), 16_000)
    brief = write_tone(tmp_path / "brief.wav", seconds=0.01)
    told = {
        cut: "it is truncated",
        empty: "it is empty (0 bytes)",
        text: "it is no video or sound file that can be read",
        faceless: "no face in any frame",
        silent: "it is silent",
        brief: "lasts only 0.010 s",
    }
    for answer, said in zip(system.predict(told), told.values(), strict=True):
        assert said in answer.problem and "\n" not in answer.problem
        assert str(tmp_path) not in answer.problem  # its name stands beside it
        assert answer.decision == "" and answer.row()["p_anger"] is None


def test_what_is_odd_is_told_with_the_answer(system, clip, tmp_path, root):
    loud = tmp_path / "loud.wav"
    rng = np.random.default_rng(0)
    soundfile.write(loud, np.clip(rng.normal(size=32_000), -1, 1), 16_000)
    index = Index.read(root / "run" / "index").takes.set_index("take")
    split = Split.read(root / "run" / "splits" / "seed-0.csv")
    learnt = root / "data" / index.loc[split.takes("base")[0], "picture_file"]
    noisy, known = system.predict([loud, learnt])
    assert any(said.startswith("clipped sound") for said in noisy.warnings)
    assert any("trained on 0.6" in said for said in noisy.warnings)
    assert known.part == "base"
    assert any("learned from this very recording" in said for said in known.warnings)


def test_two_faces_are_told(system, tmp_path):
    import av
    import cv2

    from corpus.made_up import make_corpus
    from corpus.sight import iterate_frames

    make_corpus(tmp_path / "c", speakers=2, takes=1, modalities=("01",))
    faces = [
        next(iterate_frames(file)).pixels
        for file in sorted((tmp_path / "c").rglob("*.mp4"))
    ]
    both = np.hstack([cv2.resize(face, (320, 240)) for face in faces])
    with av.open(str(tmp_path / "two.mp4"), "w") as out:
        stream = out.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 640, 240, "yuv420p"
        for _ in range(6):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(both, format="bgr24")))
        out.mux(stream.encode())
    (answer,) = system.predict([tmp_path / "two.mp4"])
    assert any(
        said.startswith("two faces or more in 100 %") for said in answer.warnings
    )


def test_moments_that_moved_the_answer(answers, system):
    for answer in answers:
        spans = [(moment.start, moment.end) for moment in answer.moments]
        assert spans[0][0] == 0 and spans[-1][1] == pytest.approx(answer.end, abs=1e-3)
        for moment in answer.moments:
            assert -1 <= moment.both <= 1 and moment.becomes in system.labels
            # Who is moved by more than its own confidence says something else then.
            if answer.confidence - moment.both < 1 / 7 - 1e-6:
                assert moment.becomes != answer.emotion
        most = answer.moved_most
        if most:
            assert most.both == max(moment.both for moment in answer.moments)
        assert answer.timeline.answers["stacked"][-1] == pytest.approx(
            answer.probabilities["stacked"], abs=1e-5
        )
        assert answer.strip.png.startswith(b"\x89PNG")


def test_silence_is_where_it_is_asked_for_and_nowhere_else(tmp_path):
    waveform = read_waveform(write_tone(tmp_path / "a.wav", seconds=1.0))
    hushed = silenced(waveform, 0.3, 0.6).samples
    rate = waveform.rate
    assert not hushed[round(0.31 * rate) : round(0.59 * rate)].any()
    for part in (slice(0, round(0.29 * rate)), slice(round(0.61 * rate), None)):
        np.testing.assert_array_equal(hushed[part], waveform.samples[part])


def test_a_long_recording_is_a_timeline(system, tested, tmp_path):
    long = joined(list(tested.values())[:3], tmp_path / "long.mp4")
    (answer,) = system.predict([long], window=0.6, hop=0.3)
    starts = [window.start for window in answer.windows]
    np.testing.assert_allclose(starts, 0.3 * np.arange(len(starts)))
    assert answer.windows[-1].end == pytest.approx(answer.end)
    assert {window.system for window in answer.windows} == {"stacked"}
    mean = np.mean(
        [window.probabilities["stacked"] for window in answer.windows], axis=0
    )
    np.testing.assert_allclose(answer.probabilities["stacked"], mean)
    assert len(answer.timeline.time["stacked"]) == len(starts)
    assert answer.strip is not None
    # A window over all of it is the whole of it.
    (whole,) = system.predict([long])
    (over,) = system.predict([long], window=100.0)
    np.testing.assert_allclose(
        over.probabilities["visual"], whole.probabilities["visual"], atol=1e-5
    )


def joined(files, target):
    """Put clips one after another, pictures and sound."""
    import av

    from corpus.sight import iterate_frames

    frames = [frame.pixels for file in files for frame in iterate_frames(file)]
    samples = np.concatenate([read_waveform(file).samples for file in files])
    with av.open(str(target), "w") as out:
        picture = out.add_stream("libx264", rate=30)
        picture.height, picture.width = frames[0].shape[:2]
        picture.pix_fmt = "yuv420p"
        voice = out.add_stream(
            "pcm_s16le" if target.suffix == ".mkv" else "aac", 48_000
        )
        voice.layout = "mono"
        for pixels in frames:
            out.mux(picture.encode(av.VideoFrame.from_ndarray(pixels, format="bgr24")))
        out.mux(picture.encode())
        mono = np.ascontiguousarray(samples[:, :1].T)
        for start in range(0, mono.shape[1], 1024):
            block = np.ascontiguousarray(mono[:, start : start + 1024])
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
            frame.rate, frame.pts = 48_000, start
            out.mux(voice.encode(frame))
        out.mux(voice.encode())
    return target


def test_an_hour_of_sound_is_read_in_stretches(system, tmp_path, monkeypatch):
    """In windows by itself, and no more of it in memory than a window."""
    file, read = tmp_path / "hour.flac", []
    rng = np.random.default_rng(0)
    with soundfile.SoundFile(file, "w", 8_000, 1, "PCM_16") as out:
        for _ in range(60):
            out.write(0.1 * rng.normal(size=60 * 8_000))
    plain = read_waveform

    def noted(path, *, start=0.0, end=math.inf):
        waveform = plain(path, start=start, end=end)
        read.append(waveform.seconds)
        return waveform

    monkeypatch.setattr("experiments.prediction.pieces.read_waveform", noted)
    (answer,) = system.predict([file], window=30.0, hop=300.0)
    assert len(answer.windows) == 12 and max(read) == pytest.approx(30.0)
    # Without a window it would be one take of an hour; it chooses windows by itself.
    window = system._window(type("Look", (), {"seconds": 3600.0})(), None, None)
    assert window["window"] == system.bundle.facts["seconds"]["median"]


def test_clips_are_found_once_and_in_order(tmp_path):
    for name in ("b.wav", "a b.mp4", "sub/ß.flac", "notes.txt", ".hidden.wav"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    names = [
        clip.sound.relative_to(tmp_path).as_posix() for clip in find_clips([tmp_path])
    ]
    assert names == ["a b.mp4", "b.wav", "sub/ß.flac"]
    some = find_clips([f"{tmp_path}/*.wav", tmp_path / "notes.txt", tmp_path / "b.wav"])
    assert [clip.sound.name for clip in some] == ["b.wav", "notes.txt"]
    for named, said in (
        (tmp_path / "none.mp4", "does not exist"),
        (f"{tmp_path}/*.mov", "no file is like"),
        (tmp_path / "sub" / "..", None),
    ):
        if said:
            with pytest.raises(Problem, match=said):
                find_clips([named])
    (tmp_path / "bare").mkdir()
    with pytest.raises(Problem, match="holds no video or sound file"):
        find_clips([tmp_path / "bare"])


def test_a_branch_on_a_table_knows_no_new_clip(system, clip):
    half = System(system.bundle, {"audio": system.backbones["audio"]})
    with pytest.raises(Problem, match="knows no new clip; ask for audio alone"):
        half.predict([clip])
    (answer,) = half.predict([clip], modalities=["audio"])
    assert answer.system == "audio"


def test_what_cannot_be_asked_is_one_sentence(system, clip):
    with pytest.raises(Problem, match="goes by audio and visual, not 'smell'"):
        system.predict([clip], modalities=["smell"])
    with pytest.raises(Problem, match="seconds above 0"):
        system.predict([clip], window=-1.0)


def test_the_command_goes_on_where_it_was_killed(
    root, tested, tmp_path, capsys, monkeypatch
):
    text = tmp_path / "text.txt"
    text.write_text("no clip")
    out = tmp_path / "out" / "answers.json"
    words = ["predict", *map(str, list(tested.values())[:3]), str(text)]
    words += ["--system", str(root / "run"), "--out", str(out), "--workers", "1"]

    def killed(*_given, **_options):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("experiments.prediction.asking.Asking.answers", killed)
        assert main(words) == 130
    work = out.with_name(".answers.working")
    kept = {path: path.stat().st_mtime_ns for path in work.rglob("*.npz")}
    assert kept
    embedded = []
    plain = shutil.rmtree
    monkeypatch.setattr(
        "scripts.predict.shutil.rmtree",
        lambda folder, **how: (
            embedded.append(
                {path: path.stat().st_mtime_ns for path in kept if path.exists()}
            ),
            plain(folder, **how),
        ),
    )
    assert main(words) == 3  # one of them is no clip
    assert embedded == [kept] and not work.exists()
    said = capsys.readouterr()
    assert "no answer: " in said.out and "at work or in education" in said.out
    with open(out.with_suffix(".csv"), encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 4 and rows[-1]["problem"]
    told = json.loads(out.read_text())
    assert told["limits"] and told["calibrated"] and len(told["answers"]) == 4
    assert told["bundle_digest"]
    pd.testing.assert_series_equal(
        pd.Series([row["predicted"] for row in rows]),
        pd.Series([row["predicted"] for row in told["answers"]]),
    )


@pytest.mark.parametrize(
    "words, said",
    [
        (["--out", "answers.txt"], "neither .csv nor .json"),
        (["--hop", "1"], "--hop goes with --window"),
        (["--weights", "some.h5"], "audio=PATH or visual=PATH"),
    ],
)
def test_options_that_do_not_fit(root, clip, words, said, capsys):
    code = main(["predict", str(clip), "--system", str(root / "run"), *words])
    assert code == 4 and said in capsys.readouterr().err
