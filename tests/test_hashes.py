import hashlib
import os
import time

import pytest

from embeddings.weights import hashes
from embeddings.weights.hashes import hashes_of


@pytest.fixture
def large(monkeypatch, tmp_path):
    """A file that counts as large and has rested, and how often it was read."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(hashes, "LARGE", 1)
    monkeypatch.setattr(hashes, "REST_NS", 0)
    path = tmp_path / "weights.h5"
    path.write_bytes(b"numbers")
    return path


def expected(content):
    return {kind: hashlib.new(kind, content).hexdigest() for kind in ("sha256", "md5")}


def reads(monkeypatch):
    count = []
    real = hashes._hash
    monkeypatch.setattr(hashes, "_hash", lambda *given: count.append(1) or real(*given))
    return count


def test_a_file_is_read_once(large, monkeypatch):
    count = reads(monkeypatch)
    assert hashes_of(large) == hashes_of(large) == expected(b"numbers")
    assert len(count) == 1
    assert hashes_of(large, fresh=True) == expected(b"numbers")
    assert len(count) == 2


def test_a_changed_file_is_read_again_though_its_size_and_time_are_kept(large):
    status = large.stat()
    hashes_of(large)
    large.write_bytes(b"NUMBERS")
    os.utime(large, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert large.stat().st_mtime_ns == status.st_mtime_ns
    assert hashes_of(large) == expected(b"NUMBERS")


def test_another_file_of_that_name_is_read(large, tmp_path):
    hashes_of(large)
    other = tmp_path / "other"
    other.write_bytes(b"NUMBERS")
    os.replace(other, large)
    assert hashes_of(large) == expected(b"NUMBERS")


def test_a_file_that_was_just_written_is_not_trusted_yet(large, monkeypatch):
    monkeypatch.setattr(hashes, "REST_NS", 10**12)
    count = reads(monkeypatch)
    hashes_of(large)
    hashes_of(large)
    assert len(count) == 2


@pytest.mark.parametrize("content", [b"", b"[]", b'{"x": 1}'])
def test_a_damaged_memory_does_no_harm(large, content):
    memory = hashes._memory()
    memory.parent.mkdir(parents=True)
    memory.write_bytes(content)
    assert hashes_of(large) == expected(b"numbers")
    memory.write_text(f'{{"{large.resolve()}": {{"stamp": {hashes._stamp(large)}}}}}')
    assert hashes_of(large) == expected(b"numbers")


def test_small_files_are_not_remembered(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = tmp_path / "small"
    path.write_bytes(b"xnumbers")
    os.utime(path, (time.time() - 60,) * 2)
    assert hashes_of(path, start=1) == expected(b"numbers")
    assert not (tmp_path / "cache").exists()
