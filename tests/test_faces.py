import dataclasses
import subprocess
import sys
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from corpus.problem import Problem
from visual_features import faces
from visual_features.centre import CentreDetector
from visual_features.faces import KEPT_SIZE, FaceView, HaarDetector, face_tracks

SHA = "0123456789abcdef" * 4
FRAMES = 12
MISSED = (0, 1, 5)  # frames without a face


@dataclasses.dataclass(frozen=True)
class Bright:
    """Finds the bright square that stands for a face; counts its searches."""

    searches: list = dataclasses.field(default_factory=list, compare=False)
    name = "bright"
    key = "00000000"

    def detect(self, gray):
        self.searches.append(1)
        rows, columns = np.nonzero(gray > 180)
        if not len(rows):
            return None
        x, y = columns.min(), rows.min()
        return int(x), int(y), int(columns.max() - x + 1), int(rows.max() - y + 1)


def write_clip(path, missed=MISSED, frames=FRAMES):
    """A bright square of side 32 on blue that goes right by 4 pixels a frame."""
    with av.open(str(path), "w") as container:
        options = {"preset": "ultrafast", "crf": "1"}
        stream = container.add_stream("libx264", rate=30, options=options)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        for number in range(frames):
            picture = np.full((96, 160, 3), (200, 40, 40), np.uint8)
            if number not in missed:
                picture[32:64, 16 + 4 * number : 48 + 4 * number] = 235
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "bgr24")))
        container.mux(stream.encode(None))
    return path


@pytest.fixture
def clip(tmp_path):
    return write_clip(tmp_path / "clip.mp4")


def tracks(clip, *views, detector=None, sha=SHA):
    return face_tracks(
        clip,
        take="take-1",
        corpus="ravdess",
        source_sha256=sha,
        detector=detector or Bright(),
        views=views,
        store=clip.parent / "faces",
    )


@pytest.fixture
def decodings(monkeypatch):
    """How often a video was opened for its frames."""
    opened = []

    def counted(file, **how):
        opened.append(file)
        return original(file, **how)

    original = faces.iterate_frames
    monkeypatch.setattr(faces, "iterate_frames", counted)
    return opened


def test_full_frame_is_kept_where_no_face_is(clip):
    view = FaceView(no_face="full_frame")
    track = tracks(clip, view)[view]
    assert (track.crops.shape, track.crops.dtype) == ((FRAMES, 48, 48), np.uint8)
    assert np.flatnonzero(~track.found).tolist() == list(MISSED)
    np.testing.assert_allclose(track.time, np.arange(FRAMES) / 30)
    assert (track.crops[track.found].mean(axis=(1, 2)) > 225).all()
    assert (track.crops[~track.found].mean(axis=(1, 2)) < 90).all()


def test_previous_cuts_this_frame_at_the_last_box(clip):
    view = FaceView(no_face="previous", colour="bgr", size=32)
    track = tracks(clip, view)[view]
    whole = [frame.pixels for frame in faces.iterate_frames(clip)]
    for missed, shown in ((0, 2), (1, 2), (5, 4)):
        x = 16 + 4 * shown
        want = whole[missed][32:64, x : x + 32]
        assert np.abs(track.crops[missed].astype(int) - want).max() <= 12
        assert not track.found[missed]
    assert len(track.crops) == FRAMES


def test_drop_leaves_them_out(clip):
    view = FaceView(no_face="drop")
    track = tracks(clip, view)[view]
    assert track.found.all()
    kept = [number for number in range(FRAMES) if number not in MISSED]
    np.testing.assert_allclose(track.time, np.array(kept) / 30)


def test_zeros_stand_for_frames_without_a_face(clip):
    view = FaceView(no_face="zeros")
    track = tracks(clip, view)[view]
    dark = ~track.crops.any(axis=(1, 2))
    assert np.flatnonzero(dark).tolist() == list(MISSED)
    assert len(track.crops) == FRAMES


def test_a_box_is_drawn_only_where_it_was_found(clip):
    view = FaceView(no_face="previous", draw_box=True, size=32)
    track = tracks(clip, view)[view]
    lined = (track.crops[:, 0] == 255).all(axis=1)
    assert np.flatnonzero(~lined).tolist() == list(MISSED)


def test_a_take_without_any_face(tmp_path):
    clip = write_clip(tmp_path / "clip.mp4", missed=range(FRAMES))
    full, drop = FaceView(), FaceView(no_face="drop")
    assert not tracks(clip, full)[full].found.any()
    for view in (drop, FaceView(no_face="previous")):
        detector = Bright()
        with pytest.raises(Problem, match=r"clip\.mp4 shows no face .* 12 frames"):
            tracks(clip, view, detector=detector)
        assert not detector.searches  # the boxes, though empty, are stored


def test_all_views_come_from_one_decoding(clip, decodings):
    views = FaceView(), FaceView(size=96, colour="bgr"), FaceView(no_face="drop")
    detector = Bright()
    made = tracks(clip, *views, detector=detector)
    assert (len(decodings), len(detector.searches)) == (1, FRAMES)
    assert tuple(made) == views
    assert made[views[1]].crops.shape == (FRAMES, 96, 96, 3)


def test_a_rerun_decodes_nothing_and_is_equal(clip, decodings):
    view = FaceView(no_face="previous")
    first = tracks(clip, view)[view]
    decodings.clear()
    second = tracks(clip, view)[view]
    assert not decodings
    for one, other in zip(vars(first).values(), vars(second).values(), strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)


def test_a_new_view_searches_no_faces_again(clip):
    tracks(clip, FaceView())
    detector = Bright()
    view = FaceView(no_face="previous", size=64)
    late = tracks(clip, view, detector=detector)[view]
    assert not detector.searches
    early = tracks(clip, view, sha=SHA[::-1])[view]  # as if nothing were stored
    np.testing.assert_array_equal(late.crops, early.crops)


def test_where_things_are(clip):
    detector, view = HaarDetector(), FaceView()
    tracks(clip, view, detector=detector)
    folder = clip.parent / "faces" / f"haar-{detector.key}"
    name = "take-1-01234567.npz"
    stored = {str(path.relative_to(folder)) for path in folder.rglob("*.npz")}
    assert stored == {f"ravdess/{name}", f"gray48-{view.key}/ravdess/{name}"}
    with np.load(folder / "ravdess" / name, allow_pickle=False) as boxes:
        assert boxes["boxes"].shape == (FRAMES, 4)
        assert boxes["frame_size"].tolist() == [160, 96]
        assert str(boxes["source_sha256"]) == SHA


@pytest.mark.parametrize("harm", ["truncate", "text", "other source", "empty"])
def test_a_bad_file_counts_as_missing(clip, decodings, harm):
    view = FaceView()
    want = tracks(clip, view)[view]
    for file in (clip.parent / "faces").rglob("*.npz"):
        data = file.read_bytes()
        if harm == "truncate":
            file.write_bytes(data[: len(data) // 2])
        elif harm == "other source":
            with np.load(file) as arrays:
                np.savez(file, **{**arrays, "source_sha256": SHA[:8] + "f" * 56})
        else:
            file.write_bytes(b"not an npz" if harm == "text" else b"")
    decodings.clear()
    np.testing.assert_array_equal(tracks(clip, view)[view].crops, want.crops)
    assert len(decodings) == 1
    tracks(clip, view)
    assert len(decodings) == 1  # and is whole again


def test_a_truncated_clip_leaves_nothing(clip):
    clip.write_bytes(clip.read_bytes()[:-500])
    with pytest.raises(Problem, match=r"clip\.mp4"):
        tracks(clip, FaceView())
    assert not list((clip.parent / "faces").rglob("*"))


def test_large_crops_are_not_kept_and_else_nothing_changes(clip, decodings):
    small, large = FaceView(size=KEPT_SIZE), FaceView(size=KEPT_SIZE + 1, colour="bgr")
    first = tracks(clip, small, large)
    assert len(decodings) == 1
    folders = {path.parents[1].name for path in clip.parent.rglob("faces/*/*/*/*.npz")}
    assert folders == {f"{small.name}-{small.key}"}
    assert list((clip.parent / "faces").glob("*/ravdess/*.npz"))  # the boxes
    detector = Bright()
    again = tracks(clip, large, small, large, detector=detector)
    assert tuple(again) == (large, small)
    assert (len(decodings), len(detector.searches)) == (2, 0)
    assert again[large].crops.shape == (FRAMES, KEPT_SIZE + 1, KEPT_SIZE + 1, 3)
    for view in (small, large):
        for name, array in vars(first[view]).items():
            np.testing.assert_array_equal(vars(again[view])[name], array)


def test_a_large_view_needs_a_face_as_others_do(tmp_path):
    clip = write_clip(tmp_path / "clip.mp4", missed=range(FRAMES))
    for _ in range(2):
        with pytest.raises(Problem, match="shows no face"):
            tracks(clip, FaceView(size=224, no_face="drop"))


def test_frames_beyond_the_stored_boxes_are_searched(clip):
    """As if another decoder, which saw fewer frames, had found the boxes."""
    view = FaceView(size=224, no_face="drop")
    want = tracks(clip, view)[view]
    (stored,) = (clip.parent / "faces").rglob("*.npz")
    with np.load(stored) as arrays:
        rows = {name: arrays[name] for name in arrays}
    shorter = {name: rows[name][:-2] for name in ("boxes", "found", "time")}
    np.savez(stored, **{**rows, **shorter})
    detector = Bright()
    again = tracks(clip, view, detector=detector)[view]
    assert len(detector.searches) == 2
    np.testing.assert_array_equal(again.crops, want.crops)


def test_the_centre_needs_no_search(clip):
    view = FaceView(size=96, colour="bgr")
    track = tracks(clip, view, detector=CentreDetector())[view]
    assert track.found.all()
    whole = [frame.pixels for frame in faces.iterate_frames(clip)]
    np.testing.assert_array_equal(track.crops, np.stack(whole)[:, :, 32:128])


def test_workers_need_no_keras():
    code = (
        "import sys, visual_features.faces, visual_features.applications; "
        "assert not {'keras', 'tensorflow', 'cv2', 'av'} & set(sys.modules)"
    )
    root = Path(faces.__file__).parents[1]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root)


def test_the_original_clip_has_a_face_in_every_frame(real_data, tmp_path):
    clip = real_data / "ravdess_originals" / "01-01-01-01-01-01-01.mp4"
    view, fast = FaceView(), HaarDetector(min_size=100)
    track = face_tracks(
        clip,
        take="original",
        corpus="ravdess",
        source_sha256=SHA,
        detector=fast,
        views=[view],
        store=tmp_path,
    )[view]
    assert track.found.sum() == len(track.crops) == 98
    # The full search agrees (each tenth frame: it takes five times as long).
    stored = next((tmp_path / f"haar-{fast.key}" / "ravdess").glob("*.npz"))
    boxes = np.load(stored, allow_pickle=False)["boxes"]
    for frame in faces.iterate_frames(clip):
        if frame.index % 10 == 0:
            gray = cv2.cvtColor(frame.pixels, cv2.COLOR_BGR2GRAY)
            assert HaarDetector().detect(gray) == tuple(boxes[frame.index])
