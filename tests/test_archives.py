import hashlib
import io
import json
import shutil
import zipfile

import pytest
from http_site import site

from corpus.archives import fetch, plan
from corpus.problem import Problem
from corpus.zenodo import ARCHIVES, PARTS, Archive

GB = 10**9


def zipped(names, *, size=3000):
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:  # stored: bytes stay where they are
        for name in names:
            archive.writestr(name, name.encode() * (size // len(name)))
    return memory.getvalue()


def speech(actor):
    return [f"Actor_{actor}/01-01-01-01-01-0{n}-{actor}.mp4" for n in (1, 2)]


DATA = {
    "Audio_Speech_Actors_01-24.zip": zipped(
        ["Actor_01/03-01-01-01-01-01-01.wav", "Actor_02/03-01-01-01-01-01-02.wav"]
    ),
    "Video_Speech_Actor_01.zip": zipped(speech("01")),
    "Video_Speech_Actor_02.zip": zipped(speech("02")),
}


def published(data):
    return hashlib.md5(data).hexdigest()


SMALL = tuple(
    Archive(
        name=name,
        part="audio-speech" if "Audio" in name else "video-speech",
        actor="" if "Audio" in name else name[-6:-4],
        files=2,
        zip_bytes=len(data),
        unpacked_bytes=len(data),
        md5=published(data) if "Audio" in name else "",
    )
    for name, data in DATA.items()
)
AUDIO, ACTOR_01, ACTOR_02 = SMALL


@pytest.fixture
def server(monkeypatch):
    monkeypatch.delenv("EMOSTACK_OFFLINE", raising=False)
    with site() as running:
        running.files = dict(DATA)
        running.address = running.url("{name}")
        yield running


def names(root):
    return sorted(
        p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file()
    )


UNPACKED = [
    "Audio_Speech_Actors_01-24/Actor_01/03-01-01-01-01-01-01.wav",
    "Audio_Speech_Actors_01-24/Actor_02/03-01-01-01-01-01-02.wav",
    "Video_Speech_Actor_01/Actor_01/01-01-01-01-01-01-01.mp4",
    "Video_Speech_Actor_01/Actor_01/01-01-01-01-01-02-01.mp4",
    "Video_Speech_Actor_02/Actor_02/01-01-01-01-01-01-02.mp4",
    "Video_Speech_Actor_02/Actor_02/01-01-01-01-01-02-02.mp4",
    "archives.json",
]


def test_the_table_is_the_official_one():
    counts = {
        part: (
            sum(one.part == part for one in ARCHIVES),
            sum(one.files for one in ARCHIVES if one.part == part),
        )
        for part in PARTS
    }
    assert counts == {
        "audio-speech": (1, 1440),
        "audio-song": (1, 1012),
        "video-speech": (24, 2880),
        "video-song": (23, 2024),
    }
    assert "Video_Song_Actor_18.zip" not in {one.name for one in ARCHIVES}
    # Zenodo's 24.8 GB are not underestimated, nor by much.
    assert 24.8 * GB < sum(one.zip_bytes for one in ARCHIVES) < 27 * GB


def test_all_is_fetched_once_and_a_second_call_asks_for_nothing(tmp_path, server):
    assert plan(tmp_path, archives=SMALL).summary == "0 of 3 archives here"
    seen = []
    fetched = fetch(
        plan(tmp_path, archives=SMALL),
        address=server.address,
        progress=lambda archive, *rest: seen.append((archive.name, *rest)),
    )
    assert fetched.failed == {}
    assert fetched.plan.summary == "3 of 3 archives here"
    assert names(tmp_path) == UNPACKED
    size = len(DATA[AUDIO.name])
    assert (AUDIO.name, "download", size, size) in seen
    assert any(stage == "unpack" and done == of for _, stage, done, of in seen)
    server.asked.clear()
    assert fetch(fetched.plan, address=server.address).failed == {}
    assert server.asked == []


def test_md5_are_recorded_at_the_first_download_and_held_to_later(tmp_path, server):
    fetch(plan(tmp_path, archives=SMALL), address=server.address)
    records = json.loads((tmp_path / "archives.json").read_text())
    assert records[AUDIO.name]["md5_is"] == "published"
    assert records[ACTOR_01.name]["md5_is"] == "recorded"
    assert records[ACTOR_01.name]["md5"] == published(DATA[ACTOR_01.name])
    assert records[ACTOR_01.name]["files"] == 2
    shutil.rmtree(tmp_path / ACTOR_01.folder)
    server.files[ACTOR_01.name] = zipped(speech("01"), size=5000)
    fetched = fetch(plan(tmp_path, archives=SMALL), address=server.address)
    assert records[ACTOR_01.name]["md5"] in fetched.failed[ACTOR_01.name]
    assert fetched.plan.summary == "2 of 3 archives here"


def test_zips_can_be_kept(tmp_path, server):
    fetch(
        plan(tmp_path, archives=[ACTOR_01]), address=server.address, keep_archives=True
    )
    assert (tmp_path / ACTOR_01.name).read_bytes() == DATA[ACTOR_01.name]


def test_an_interrupted_download_goes_on_where_it_ended(tmp_path, server):
    server.cut_after = [1000, 500, 250]  # as often as one call tries
    first = fetch(plan(tmp_path, archives=[ACTOR_01]), address=server.address)
    assert "run the command again" in first.failed[ACTOR_01.name]
    (one,) = first.plan.archives
    assert one.state == "partial"
    assert one.download_bytes == ACTOR_01.zip_bytes - 1750
    server.asked.clear()
    assert fetch(first.plan, address=server.address).plan.missing == ()
    assert server.asked == ["bytes=1750-"]


def test_a_wrong_md5_leaves_nothing_and_the_others_are_fetched(tmp_path, server):
    body = bytearray(DATA[AUDIO.name])
    body[200] ^= 1
    server.files[AUDIO.name] = bytes(body)
    fetched = fetch(plan(tmp_path, archives=SMALL), address=server.address)
    assert list(fetched.failed) == [AUDIO.name]
    assert AUDIO.md5 in fetched.failed[AUDIO.name]
    assert names(tmp_path) == UNPACKED[2:]


def test_a_damaged_archive_is_set_aside_and_fetched_anew(tmp_path, server):
    body = bytearray(DATA[ACTOR_01.name])
    body[200] ^= 1  # inside of the first recording
    server.files[ACTOR_01.name] = bytes(body)
    fetched = fetch(plan(tmp_path, archives=SMALL), address=server.address)
    why = fetched.failed[ACTOR_01.name]
    assert "Bad CRC-32" in why
    assert "set aside as Video_Speech_Actor_01.zip.damaged" in why
    assert fetched.plan.summary == "2 of 3 archives here"
    server.files = DATA
    assert fetch(fetched.plan, address=server.address).failed == {}


def test_a_zip_put_there_by_hand_is_used_and_checked(tmp_path, server):
    (tmp_path / ACTOR_01.name).write_bytes(DATA[ACTOR_01.name])
    (tmp_path / AUDIO.name).write_bytes(b"<html>sign in</html>")
    fetched = fetch(plan(tmp_path, archives=[AUDIO, ACTOR_01]), address=server.address)
    assert server.asked == []
    assert list(fetched.failed) == [AUDIO.name]
    assert (tmp_path / f"{AUDIO.name}.damaged").is_file()


def test_a_web_page_and_a_refusal_are_told(tmp_path, server):
    server.files[ACTOR_01.name] = b"<!DOCTYPE html><html>sign in</html>"
    del server.files[ACTOR_02.name]
    fetched = fetch(plan(tmp_path, archives=SMALL), address=server.address)
    assert "web page" in fetched.failed[ACTOR_01.name]
    assert "404" in fetched.failed[ACTOR_02.name]
    assert names(tmp_path) == [*UNPACKED[:2], "archives.json"]


def test_members_that_lead_outside_are_refused(tmp_path, server):
    server.files[ACTOR_01.name] = zipped([*speech("01"), "../../evil.mp4"])
    root = tmp_path / "a" / "b"
    fetched = fetch(plan(root, archives=[ACTOR_01]), address=server.address)
    assert "leads out of the folder" in fetched.failed[ACTOR_01.name]
    assert names(tmp_path) == ["a/b/Video_Speech_Actor_01.zip.damaged"]


def test_after_three_failures_in_a_row_no_more_is_tried(tmp_path, server):
    server.files.clear()
    many = [one for one in ARCHIVES if one.part == "video-speech"]
    wanted = plan(tmp_path, parts=["video-speech"], archives=many[:6])
    fetched = fetch(wanted, address=server.address)
    assert len(fetched.failed) == 3


def test_too_little_room_is_said_before_anything_is_fetched(
    tmp_path, server, monkeypatch
):
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=2 * GB))
    wanted = plan(tmp_path / "not" / "yet")
    # 1 audio archive unpacked, 24 of videos, and the largest zip beside them.
    assert wanted.needed_bytes() == 520 * 10**6 + 25 * 600 * 10**6
    with pytest.raises(Problem, match=r"needs about 15\.5 GB .* 2\.0 GB free"):
        fetch(wanted, address=server.address)
    assert server.asked == []
    assert names(tmp_path) == []


def test_a_disk_that_fills_up_ends_in_a_sentence(tmp_path, server, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("corpus.unpack.shutil.copyfileobj", full)
    fetched = fetch(plan(tmp_path, archives=[ACTOR_01]), address=server.address)
    assert "No space left on device" in fetched.failed[ACTOR_01.name]
    assert names(tmp_path) == [ACTOR_01.name]  # the whole zip: no need to fetch again
    monkeypatch.undo()
    monkeypatch.setenv("EMOSTACK_OFFLINE", "1")  # nor is the network needed
    assert fetch(fetched.plan).plan.missing == ()


def test_offline_is_obeyed(tmp_path, server, monkeypatch):
    monkeypatch.setenv("EMOSTACK_OFFLINE", "1")
    with pytest.raises(Problem, match="EMOSTACK_OFFLINE"):
        fetch(plan(tmp_path, archives=SMALL), address=server.address)
    assert server.asked == []


def test_a_lost_or_shortened_recording_is_noticed(tmp_path, server):
    fetch(plan(tmp_path, archives=SMALL), address=server.address)
    recording = tmp_path / UNPACKED[2]
    recording.write_bytes(recording.read_bytes()[:-1])
    again = plan(tmp_path, archives=SMALL)
    assert again.summary == "2 of 3 archives here"
    assert [one.archive for one in again.missing] == [ACTOR_01]
    assert fetch(again, address=server.address).plan.missing == ()


@pytest.mark.parametrize("layout", ["Actor_01", "", "deep/er/Actor_01"])
def test_recordings_count_in_any_layout(tmp_path, layout):
    folder = tmp_path / layout
    folder.mkdir(parents=True, exist_ok=True)
    for repetition in ("01", "02"):
        (folder / f"01-01-01-01-01-{repetition}-01.mp4").write_bytes(b"x")
    (folder / "01-02-01-01-01-01-01.mp4").write_bytes(b"a song")
    (folder / "notes.mp4").write_bytes(b"x")
    assert plan(tmp_path, archives=[ACTOR_01, ACTOR_02]).missing[0].archive is ACTOR_02
    (folder / "01-01-01-01-01-02-01.mp4").write_bytes(b"")
    first, _ = plan(tmp_path, archives=[ACTOR_01, ACTOR_02]).archives
    assert (first.state, first.files) == ("partial", 1)


def test_parts_and_actors_are_chosen(tmp_path):
    chosen = plan(tmp_path, parts=["audio-song", "video-song"], actors=[17, "18", 19])
    assert [one.archive.name for one in chosen.archives] == [
        "Audio_Song_Actors_01-24.zip",
        "Video_Song_Actor_17.zip",
        "Video_Song_Actor_19.zip",
    ]
    assert len(plan(tmp_path).archives) == 25
    assert plan(tmp_path, parts=PARTS).summary == "0 of 49 archives here"


@pytest.mark.parametrize(
    "asked, why",
    [
        ({"parts": ["speech"]}, "no part speech"),
        ({"actors": [25]}, "no actor 25"),
        ({"parts": ["video-song"], "actors": [18]}, "actor 18 has no songs"),
    ],
)
def test_what_is_not_in_ravdess_is_said(tmp_path, asked, why):
    with pytest.raises(Problem, match=why):
        plan(tmp_path, **asked)


@pytest.mark.data
def test_the_real_recordings_are_counted(real_data):
    wanted = plan(real_data / "ravdess_speech", parts=["audio-speech"])
    (one,) = wanted.archives
    assert (one.state, one.files) == ("partial", 960)
