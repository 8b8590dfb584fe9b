import hashlib
import threading

import pytest
from http_site import site

from corpus.download import download, looks_like_a_page
from corpus.problem import Problem

BODY = bytes(range(256)) * 4000


@pytest.fixture
def web(monkeypatch):
    monkeypatch.delenv("EMOSTACK_OFFLINE", raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with site() as server:
        server.files["weights.h5"] = BODY
        yield server


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_comes_whole_with_its_progress(web, tmp_path):
    seen = []
    path = download(
        web.url("weights.h5"),
        tmp_path / "new" / "weights.h5",
        md5=hashlib.md5(BODY).hexdigest(),
        sha256=hashlib.sha256(BODY).hexdigest().upper(),
        size=len(BODY),
        progress=lambda done, total: seen.append((done, total)),
    )
    assert path.read_bytes() == BODY
    assert names(path.parent) == ["weights.h5"]
    assert seen[-1] == (len(BODY), len(BODY)) and seen == sorted(seen)


def test_a_cut_connection_is_gone_on_from_at_once(web, tmp_path):
    web.cut_after = [1000, 500]
    path = download(web.url("weights.h5"), tmp_path / "weights.h5")
    assert path.read_bytes() == BODY
    assert web.asked == [None, "bytes=1000-", "bytes=1500-"]


def test_an_interrupted_download_is_gone_on_from_by_the_next_call(web, tmp_path):
    web.cut_after = [1000, 0, 0]
    with pytest.raises(Problem, match="goes on after 1,000 bytes"):
        download(web.url("weights.h5"), tmp_path / "weights.h5")
    assert not (tmp_path / "weights.h5").exists()
    assert (tmp_path / "weights.h5.download").stat().st_size == 1000

    path = download(web.url("weights.h5"), tmp_path / "weights.h5")
    assert web.asked[-1] == "bytes=1000-"
    assert path.read_bytes() == BODY
    assert names(tmp_path) == ["weights.h5"]


def test_a_server_that_knows_no_ranges_starts_again(web, tmp_path):
    web.ranges = False
    (tmp_path / "weights.h5.download").write_bytes(BODY[:777])
    path = download(web.url("weights.h5"), tmp_path / "weights.h5")
    assert path.read_bytes() == BODY


def test_a_file_that_changed_on_its_server_starts_again(web, tmp_path):
    web.cut_after = [1000, 0, 0]
    with pytest.raises(Problem):
        download(web.url("weights.h5"), tmp_path / "weights.h5")
    web.etag, web.files["weights.h5"] = '"two"', BODY[::-1]
    path = download(web.url("weights.h5"), tmp_path / "weights.h5")
    assert path.read_bytes() == BODY[::-1]


@pytest.mark.parametrize("size", [None, len(BODY)])
def test_a_partial_file_that_is_complete_only_gets_its_name(web, tmp_path, size):
    (tmp_path / "weights.h5.download").write_bytes(BODY)
    path = download(web.url("weights.h5"), tmp_path / "weights.h5", size=size)
    assert path.read_bytes() == BODY


@pytest.mark.parametrize("start", [BODY[5:5000], BODY + b"more"])
def test_a_wrong_partial_file_is_thrown_away_when_the_hash_tells(web, tmp_path, start):
    (tmp_path / "weights.h5.download").write_bytes(start)
    md5 = hashlib.md5(BODY).hexdigest()
    path = download(web.url("weights.h5"), tmp_path / "weights.h5", md5=md5)
    assert path.read_bytes() == BODY


@pytest.mark.parametrize(
    ("expected", "sentence"),
    [
        ({"md5": "0" * 32}, "md5 .* instead of 0000"),
        ({"sha256": "0" * 64}, "sha256 .* instead of 0000"),
        ({"size": 17}, "1,024,000 bytes instead of 17"),
    ],
)
def test_another_file_than_published_is_refused(web, tmp_path, expected, sentence):
    with pytest.raises(Problem, match=sentence):
        download(web.url("weights.h5"), tmp_path / "weights.h5", **expected)
    assert names(tmp_path) == []


def test_a_page_instead_of_the_file_is_told(web, tmp_path):
    web.files["weights.h5"] = b"\n<!DOCTYPE html><html>Please log in</html>"
    with pytest.raises(Problem, match="web page"):
        download(web.url("weights.h5"), tmp_path / "weights.h5")
    assert names(tmp_path) == []
    assert not looks_like_a_page(b"\x89HDF\r\n\x1a\n")


def test_an_older_file_stays_until_the_new_one_is_whole(web, tmp_path):
    (tmp_path / "weights.h5").write_bytes(b"old")
    with pytest.raises(Problem):
        download(web.url("weights.h5"), tmp_path / "weights.h5", md5="0" * 32)
    assert (tmp_path / "weights.h5").read_bytes() == b"old"
    download(web.url("weights.h5"), tmp_path / "weights.h5")
    assert (tmp_path / "weights.h5").read_bytes() == BODY


def test_what_is_not_there_or_nobody_serves(web, tmp_path):
    with pytest.raises(Problem, match="HTTP 404"):
        download(web.url("other.h5"), tmp_path / "other.h5")
    with pytest.raises(Problem, match="cannot be fetched"):
        download("http://127.0.0.1:9/weights.h5", tmp_path / "weights.h5")
    assert names(tmp_path) == []


def test_offline_means_no_request(web, tmp_path, monkeypatch):
    monkeypatch.setenv("EMOSTACK_OFFLINE", "1")
    with pytest.raises(Problem, match="EMOSTACK_OFFLINE"):
        download(web.url("weights.h5"), tmp_path / "weights.h5")
    assert web.asked == []


def test_a_folder_that_cannot_be_written_is_named(web, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Problem, match="cannot be written"):
        download(web.url("weights.h5"), tmp_path / "file" / "weights.h5")


def test_two_that_want_one_file_take_turns(web, tmp_path):
    problems = []

    def fetch():
        try:
            download(web.url("weights.h5"), tmp_path / "weights.h5")
        except BaseException as problem:
            problems.append(problem)

    threads = [threading.Thread(target=fetch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert (tmp_path / "weights.h5").read_bytes() == BODY
    assert names(tmp_path) == ["weights.h5"]


def test_only_web_addresses_are_fetched(tmp_path):
    with pytest.raises(ValueError, match="received 'file:///etc/passwd'"):
        download("file:///etc/passwd", tmp_path / "passwd")
