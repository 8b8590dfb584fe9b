"""Make a made-up corpus in a folder: many processes, resumable."""

import csv
import dataclasses
import functools
import io
import json
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

from corpus import labels
from corpus.files import sweep, whole, write_json, write_text
from corpus.made_up import styles
from corpus.made_up.cast import speaker
from corpus.made_up.clip import (
    MARKER,
    add_sound,
    avi_file,
    sound_file,
    video_file,
)
from corpus.made_up.draws import stream
from corpus.made_up.layouts import layout_named
from corpus.made_up.plan import Settings, Take, plan
from corpus.problem import Problem
from corpus.workers import cores, in_workers

__all__ = ["GENERATOR", "PAGE", "TABLE", "make_corpus", "perform"]

# Raise it when the same settings no longer give the same pictures and samples.
GENERATOR = 1

# What the corpus holds, beside its recordings.
PAGE, TABLE = "made_up.json", "made_up.csv"


def make_corpus(
    root: Path,
    *,
    layout: str = "ravdess",
    speakers: int | None = None,
    seed: int = 0,
    emotions: Iterable[str] | None = None,
    channels: Iterable[str] = ("speech",),
    modalities: Iterable[str] | None = None,
    takes: int | None = None,
    seconds: tuple[float, float] = (1.1, 1.6),
    size: tuple[int, int] = (320, 240),
    fps: int = 30,
    confusions: str = "complementary",
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Make a corpus of drawn talking heads and synthetic voices.

    Each emotion has a voice style and a face style, and some emotions share one
    (`corpus.made_up.styles`): sound alone and sight alone have an accuracy that
    nothing can exceed, both together can be right every time. Below the root are the
    recordings as RAVDESS, RML or SAVEE have them (`corpus.made_up.layouts`),
    `made_up.json` (settings, which emotions are confused, and the three ceilings) and
    `made_up.csv` (what each take shows).

    Whatever is there already is kept, so that a run that was interrupted goes on. The
    work is done in spawned processes: a script calls this under
    `if __name__ == "__main__":`.

    Args:
        root: The folder; new, empty, or begun with the same settings.
        layout: "ravdess" (mp4 and wav, 24 speakers, men and women in turn), "rml"
            (avi, 8) or "savee" (avi and wav, 4 men). No person is in two of them.
        speakers: So many, from the first; all if None.
        seed: Of everything drawn: speakers, takes, movements, noise.
        emotions: Canonical names; if None the thesis' 7 of RAVDESS, or all of RML (6)
            and SAVEE (7).
        channels: "speech", in RAVDESS "song" or both. As there nobody sings disgust
            or surprise, and speaker 18 does not sing.
        modalities: "01" (pictures and sound), in RAVDESS "02" (pictures), in RAVDESS
            and SAVEE "03" (sound); all there are if None.
        takes: Takes a speaker, spread over the emotions as evenly as they are in the
            corpus itself (neutral half as often in RAVDESS, twice in SAVEE); all
            that it has names for if None.
        seconds: Shortest and longest duration of a take.
        size: Width and height of the pictures, even, at least 320 by 240.
        fps: Pictures a second.
        confusions: "complementary" (sound and sight confuse different emotions) or
            "same" (the face says what the voice says: stacking cannot gain).
        workers: Processes; one for each core if None.
        progress: Called with the takes done and all takes.

    Returns:
        The root.

    Raises:
        Problem: If the settings are impossible, the folder holds something else or
            a corpus of other settings, or it cannot be written.
    """
    root, form = Path(root), layout_named(layout)
    settings = Settings(
        layout=layout,
        speakers=len(form.speakers) if speakers is None else speakers,
        seed=seed,
        emotions=labels.label_order(form.emotions if emotions is None else emotions),
        channels=tuple(sorted(set(channels), reverse=True)),  # speech first
        modalities=tuple(sorted(form.media if modalities is None else set(modalities))),
        takes=takes,
        seconds=tuple(seconds),
        size=tuple(size),
        fps=fps,
        confusions=confusions,
    )
    planned = plan(settings)
    try:
        _claim(root, settings, planned)
        sweep(root, now=time.time())
        missing = [
            take
            for take in planned
            if not all(
                (root / take.file(each)).exists() for each in settings.modalities
            )
        ]
        done = len(planned) - len(missing)
        if progress:
            progress(done, len(planned))
        count = min(cores() if workers is None else workers, len(missing))
        make = functools.partial(_make, root, settings)
        for _take, error in in_workers(
            make, missing, workers=count if count > 1 else 0
        ):
            if error is not None:
                raise error
            done += 1
            if progress:
                progress(done, len(planned))
    except OSError as error:
        raise Problem(
            f"{root} cannot be written ({error.strerror or error}); give a folder "
            f"with free space that you may write to, and run it again."
        ) from error
    return root


def perform(take: Take, settings: Settings) -> tuple[Iterator[np.ndarray], np.ndarray]:
    """Return what is recorded of a take, before any coding.

    Returns:
        Pictures (an iterator of arrays of shape (height, width, 3), uint8,
        blue-green-red) and sound (shape (samples,), int16, at 48 kHz).
    """
    from corpus.made_up.face import Portrait
    from corpus.made_up.motion import poses
    from corpus.made_up.voice import speak

    person = speaker(take.person, seed=settings.seed)
    frames, strength = _direct(take, settings)
    portrait = Portrait(person, size=settings.size)
    moves = poses(
        styles.FACE_STYLES[take.face],
        frames=frames,
        fps=settings.fps,
        strength=strength,
        draw=stream(settings.seed, "face", take.name),
    )
    samples = speak(
        person,
        styles.VOICE_STYLES[take.voice],
        seconds=frames / settings.fps,
        strength=strength,
        statement=take.cell.statement,
        sung=take.channel == "song",
        draw=stream(settings.seed, "voice", take.name),
    )
    return map(portrait.picture, moves), samples


def _direct(take: Take, settings: Settings) -> tuple[int, float]:
    """Draw a take's number of frames and the strength of its expression."""
    draw = stream(settings.seed, "take", take.name)
    frames = round(draw.uniform(*settings.seconds) * settings.fps)
    usual = 0.98 if take.cell.intensity == "01" else 1.1
    return frames, usual * draw.uniform(0.94, 1.06)


def _claim(root: Path, settings: Settings, planned: list[Take]) -> None:
    """Write what the folder is to hold, or see that it is the same."""
    facts = _facts(settings, planned)
    page = root / PAGE
    if page.exists():
        there = json.loads(page.read_text())
        # Before there were layouts, all was RAVDESS.
        there["settings"] = {"layout": "ravdess", **there["settings"]}
        if there != facts:
            raise Problem(
                f"{root} holds a made-up corpus of other settings (see {page.name}); "
                f"give those, or another folder."
            )
    elif root.exists() and any(root.iterdir()):
        raise Problem(
            f"{root} holds other files; give a new or empty folder, so that made-up "
            f"takes never mix with real ones."
        )
    else:
        write_json(page, facts)
    write_text(root / TABLE, _table(settings, planned))


def _facts(settings: Settings, planned: list[Take]) -> dict:
    shown = [(take.emotion, take.voice, take.face) for take in planned]
    facts = {
        "made_by": MARKER,
        "generator": GENERATOR,
        "settings": dataclasses.asdict(settings),
        "takes": len(planned),
        "confused": styles.confused(settings.emotions, confusions=settings.confusions),
        "ceilings": styles.ceilings(shown),
    }
    return json.loads(json.dumps(facts))  # tuples as lists, as they are read back


def _table(settings: Settings, planned: list[Take]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    head = ("take", "speaker", "channel", "emotion", "intensity")
    writer.writerow((*head, "voice_style", "face_style", "strength", "frames"))
    for take in planned:
        frames, strength = _direct(take, settings)
        who = (take.name, take.actor, take.channel, take.emotion, take.cell.intensity)
        writer.writerow((*who, take.voice, take.face, f"{strength:.3f}", frames))
    return text.getvalue()


def _make(root: Path, settings: Settings, take: Take) -> None:
    """Make the recordings of one take; each file is whole or not there."""
    import cv2

    cv2.setNumThreads(1)  # the takes are what runs side by side
    pictures, samples = perform(take, settings)
    media = layout_named(take.layout).media
    wanted = {modality: media[modality] for modality in settings.modalities}
    coded = {}
    if wanted.keys() & {"01", "02"}:
        form = {"size": settings.size, "fps": settings.fps}
        if "avi" in {medium.suffix for medium in wanted.values()}:
            coded["01"] = avi_file(pictures, samples, rate=wanted["01"].rate, **form)
        else:
            coded["02"] = silent = video_file(pictures, **form)
            if "01" in wanted:
                coded["01"] = add_sound(silent, samples)
    if "03" in wanted:
        coded["03"] = sound_file(samples, rate=wanted["03"].rate)
    for modality in wanted:
        with whole(root / take.file(modality)) as file:
            file.write(coded[modality])
