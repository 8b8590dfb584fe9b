import contextlib
import io
import stat
import struct
import zipfile

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from corpus.problem import Problem
from corpus.unpack import DamagedArchiveError, Unpacked, unpack

MEMBERS = {
    "Actor_01/03-01-01-01-01-01-01.wav": b"RIFF" + bytes(range(256)) * 8,
    "Actor_01/03-01-02-01-01-01-01.wav": b"RIFF" + b"calm" * 300,
}


def zip_bytes(members, *, compression=zipfile.ZIP_DEFLATED):
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return memory.getvalue()


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(zip_bytes(MEMBERS))
    return path


def held(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_recordings_get_the_paths_they_have_in_the_zip(archive, tmp_path):
    seen = []
    got = unpack(archive, tmp_path / "out", progress=lambda *pair: seen.append(pair))
    assert held(tmp_path / "out") == MEMBERS
    total = sum(map(len, MEMBERS.values()))
    assert got == Unpacked(files=2, bytes=total)
    assert seen[-1] == (total, total)


def test_other_files_are_left_out(tmp_path):
    others = {
        "README.txt": b"hello",
        "__MACOSX/Actor_01/._03-01-01-01-01-01-01.wav": b"fork",
        "Actor_01/.DS_Store": b"x",
        "run.sh": b"rm",
    }
    (tmp_path / "a.zip").write_bytes(zip_bytes({**others, **MEMBERS}))
    unpack(tmp_path / "a.zip", tmp_path / "out")
    assert held(tmp_path / "out") == MEMBERS


def test_what_is_there_whole_is_kept_and_what_is_damaged_is_made_again(
    archive, tmp_path
):
    out = tmp_path / "out"
    unpack(archive, out)
    first, second = (out / name for name in MEMBERS)
    kept = first.stat().st_mtime_ns
    second.write_bytes(bytes(second.stat().st_size))  # same size, other bytes
    unpack(archive, out)
    assert held(out) == MEMBERS
    assert first.stat().st_mtime_ns == kept


@pytest.mark.parametrize(
    "name",
    [
        "../03-01-01-01-01-01-01.wav",
        "Actor_01/../../evil.wav",
        "/tmp/evil.wav",
        "..\\evil.wav",
        "C:evil.wav",
        "../evil.sh",
    ],
)
def test_nothing_is_written_outside_of_the_folder(tmp_path, name):
    path = tmp_path / "in" / "a.zip"
    path.parent.mkdir()
    path.write_bytes(zip_bytes({**MEMBERS, name: b"evil"}))
    with pytest.raises(DamagedArchiveError, match="leads out of the folder"):
        unpack(path, tmp_path / "in" / "deep" / "out")
    assert held(tmp_path) == {"in/a.zip": path.read_bytes()}  # not even honest members


def test_links_are_refused(tmp_path):
    member = zipfile.ZipInfo("Actor_01/03-01-01-01-01-01-01.wav")
    member.create_system = 3
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(member, "/etc/passwd")
    with pytest.raises(DamagedArchiveError, match="link"):
        unpack(tmp_path / "a.zip", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_sizes_beyond_reason_are_refused_before_anything_is_written(
    archive, tmp_path, monkeypatch
):
    monkeypatch.setattr("corpus.unpack.LARGEST_MEMBER", 1500)
    with pytest.raises(DamagedArchiveError, match="declares 2,052 bytes"):
        unpack(archive, tmp_path / "out")
    monkeypatch.setattr("corpus.unpack.LARGEST_MEMBER", 10_000)
    monkeypatch.setattr("corpus.unpack.LARGEST_ARCHIVE", 3000)
    with pytest.raises(DamagedArchiveError, match="would unpack to over"):
        unpack(archive, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_member_that_lies_about_its_size_writes_no_more_than_it_declares(tmp_path):
    path = tmp_path / "a.zip"
    name = next(iter(MEMBERS))
    data = bytearray(zip_bytes({name: bytes(500_000)}))
    directory = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, directory + 24, 1000)  # uncompressed size
    path.write_bytes(data)
    with pytest.raises(DamagedArchiveError):
        unpack(path, tmp_path / "out")
    assert held(tmp_path / "out") == {}


def test_a_web_page_is_called_one(tmp_path):
    (tmp_path / "a.zip").write_text("<!DOCTYPE html><html>please log in</html>")
    with pytest.raises(Problem, match=r"a\.zip is a web page"):
        unpack(tmp_path / "a.zip", tmp_path / "out")


def test_a_zip_without_recordings_is_refused(tmp_path):
    (tmp_path / "a.zip").write_bytes(zip_bytes({"README.txt": b"hello"}))
    with pytest.raises(Problem, match="holds no recordings"):
        unpack(tmp_path / "a.zip", tmp_path / "out")


WHOLE = zip_bytes(MEMBERS)


@settings(max_examples=150, deadline=None)
@example(cut=None, where=WHOLE.rindex(b"PK\x05\x06") + 16, change=2)  # a seek before 0
@given(
    cut=st.none() | st.integers(0, len(WHOLE) - 1),
    where=st.integers(0, len(WHOLE) - 1),
    change=st.integers(1, 255),
)
def test_a_damaged_zip_is_refused_or_harmless(tmp_path_factory, cut, where, change):
    """Whatever byte is changed or cut off: no other bytes ever get a member's name."""
    folder = tmp_path_factory.mktemp("damaged")
    data = bytearray(WHOLE[:cut])
    if cut is None:
        data[where] ^= change
    (folder / "a.zip").write_bytes(data)
    with contextlib.suppress(DamagedArchiveError):
        unpack(folder / "a.zip", folder / "out")
    found = held(folder / "out")
    assert all(data in MEMBERS.values() for data in found.values())
    assert not list(folder.rglob("*.part"))
