"""Locating and fetching, over a local web site that misbehaves."""

import hashlib
import io
import json
import re
import zipfile

import h5py
import numpy as np
import pytest
from bare_machine import entry, make_bare, published, put, small_file, use
from http_site import site

from corpus.problem import Problem
from embeddings.weights.location import fetch, find, locate, record_of
from embeddings.weights.manifest import MANIFEST
from embeddings.weights.provenance import provenance_file

BODY = b"the official numbers" * 100


@pytest.fixture(autouse=True)
def machine(monkeypatch, tmp_path):
    return make_bare(monkeypatch, tmp_path)


@pytest.fixture
def web(monkeypatch):
    monkeypatch.delenv("EMOSTACK_OFFLINE")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with site() as server:
        server.files["small.h5"] = BODY
        yield server


def md5(content):
    return hashlib.md5(content).hexdigest()


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def test_random_weights_are_named_and_told_apart():
    one, other = locate("vggish", "random:1"), locate("vggish", "random:2")
    assert (one.path, one.seed) == (None, 1)
    assert one.record.source == "random:1"
    assert one.record.verified == "random" and one.record.random
    assert one.record.sha256 == sha256(b"random:1")
    assert one.record.sha256 != other.record.sha256


@pytest.mark.parametrize("text", ["random:", "random:x", "random:-1", "random:1.5"])
def test_random_weights_need_a_seed(text):
    with pytest.raises(Problem, match="seed"):
        locate("vggish", text)


def test_without_weights_the_sentence_says_all(machine):
    with pytest.raises(Problem) as caught:
        locate("vggish")
    sentence = str(caught.value)
    places = (machine / "artifacts" / "weights", ".keras/models", "tfhub")
    for part in (*places, "VGGish", MANIFEST["vggish"].url, "--weights random:0"):
        assert str(part) in sentence
    assert "EMOSTACK_OFFLINE forbids" in sentence


def test_the_places_are_searched_in_their_order(machine, monkeypatch):
    name = "vggish_model.ckpt"
    named = machine / "named"
    monkeypatch.setenv("EMOSTACK_WEIGHTS", str(named))
    kaggle = machine / "home/.cache/kagglehub/models/google/vggish/tensorFlow2"
    hub = machine / "tfhub" / "a2d9c70b5c312dce4d2cde46297518f806bd50d0"
    assert find("vggish") is None
    for path, found in (
        (kaggle / "vggish/1/saved_model.pb", kaggle / "vggish/1"),
        (hub / "saved_model.pb", hub),
        (machine / "home/.keras/models" / name, None),
        (machine / "artifacts/weights" / "vggish.npz", None),
        (machine / "artifacts/weights" / name, None),
        (named / name, None),
    ):
        put(path)
        assert find("vggish") == (found or path)
    given = put(machine / "mine.npz")
    assert locate("vggish", given).path == given


def test_files_without_dense_layers_are_for_the_convolutions_only(machine):
    path = put(machine / "artifacts/weights" / "vggish_audioset_weights_without_fc2.h5")
    assert find("vggish_conv") == path
    assert find("vggish") is None


def test_a_path_that_is_not_there_is_no_reason_to_look_elsewhere(machine):
    put(machine / "artifacts/weights" / "vggish_model.ckpt")
    with pytest.raises(Problem, match="nowhere"):
        locate("vggish", machine / "nowhere.ckpt")


def test_what_has_no_published_hash_is_unverified(machine):
    path = put(machine / "vggish_model.ckpt", b"1234")
    record = locate("vggish", path).record
    assert record.verified == "unverified"
    assert record.sha256 == sha256(b"1234")
    assert record.source == str(path)


def test_a_checkpoint_of_several_files_has_one_identity(machine):
    for suffix in (".index", ".data-00000-of-00001"):
        put(machine / f"model.ckpt{suffix}", suffix.encode())
    first = locate("vggish", machine / "model.ckpt").record.sha256
    put(machine / "model.ckpt.data-00000-of-00001", b"other numbers")
    assert locate("vggish", machine / "model.ckpt").record.sha256 != first


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"md5": md5(BODY)}, "md5 .* as published"),
        ({"sha256": sha256(BODY)}, "sha256 .* as published"),
        ({"noted": sha256(BODY)}, "as others noted it of the official file"),
        ({"known": {sha256(BODY): "the same in another layout"}}, "another layout"),
    ],
)
def test_every_kind_of_hash_is_compared(machine, monkeypatch, changes, told):
    use(monkeypatch, small=entry(**changes))
    record = locate("small", put(machine / "any name.h5", BODY)).record
    assert record.verified == "hash"
    assert re.search(told, record.how)
    other = put(machine / "mine.h5", b"other numbers")
    assert locate("small", other).record.verified == "unverified"


def test_the_official_name_must_have_the_published_hash(machine, monkeypatch):
    path = small_file(machine / "small.h5")
    use(monkeypatch, small=published(path))
    assert locate("small", path).record.verified == "hash"
    with h5py.File(path, "a") as file:
        file["dense/bias"][0] = 7
    with pytest.raises(Problem, match=r"is another file than .* instead of"):
        locate("small", path)
    # Under another name it is somebody's own.
    assert locate("small", path.rename(machine / "mine.h5")).record.verified == (
        "unverified"
    )


def test_a_hash_that_only_others_noted_refuses_nothing(machine, monkeypatch):
    use(monkeypatch, small=entry(noted="0" * 64))
    path = put(machine / "small.h5")
    assert locate("small", path).record.verified == "unverified"


def test_a_truncated_local_file_is_told_by_its_size(machine, monkeypatch):
    path = small_file(machine / "small.h5")
    use(monkeypatch, small=published(path))
    whole = path.read_bytes()
    path.write_bytes(whole[:-10])
    with pytest.raises(Problem, match=f"truncated, {len(whole) - 10:,} of"):
        locate("small", path)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"<html><body>Blocked by your proxy", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "Git LFS"),
        (b"", "empty"),
    ],
)
def test_what_is_no_weights_is_told(machine, content, sentence):
    with pytest.raises(Problem, match=sentence):
        locate("vggish", put(machine / "weights.h5", content))


def a_zip():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("net.tflite", b"0123TFL3")
    return file.getvalue()


def test_a_web_page_before_the_official_file_is_seen_through(machine, monkeypatch):
    body, page = a_zip(), b"\n<!DOCTYPE html><html>sign in</html>"
    use(monkeypatch, small=entry(noted=sha256(body), size=len(body)))
    record = locate("small", put(machine / "net.task", page + body)).record
    assert (record.verified, record.sha256) == ("hash", sha256(body))
    assert f"after a web page of {len(page)} bytes" in record.how
    for name, content in (
        ("other.task", page + body[:-1] + b"x"),  # not the official file behind it
        ("net.h5", page + body),  # nobody reads this one from its end
    ):
        with pytest.raises(Problem, match="web page"):
            locate("small", put(machine / name, content))


def test_missing_weights_are_fetched_once(web, machine, monkeypatch):
    small = entry(urls=(web.url("small.h5"),), md5=md5(BODY))
    use(monkeypatch, small=small)
    located = locate("small")
    assert located.path == machine / "artifacts/weights/small.h5"
    assert located.record.verified == "hash"
    assert located.record.origin == small.url
    assert locate("small") == located
    assert len(web.asked) == 1
    known = json.loads(provenance_file(located.path).read_text())
    assert known["source"] == small.url
    assert known["sha256"] == sha256(BODY)
    assert known["size"] == len(BODY)
    assert known["verified"] == "hash" and "as published" in known["how"]


def test_what_nobody_published_a_hash_of_is_fetched_unverified(web, monkeypatch):
    use(monkeypatch, small=entry(urls=(web.url("small.h5"),)))
    assert locate("small").record.verified == "unverified"


@pytest.mark.parametrize(
    ("misbehave", "told"),
    [
        (lambda web: web.files.clear(), "HTTP 404"),
        (
            lambda web: web.files.update({"small.h5": b"<html>log in</html>"}),
            "answered with a web page",
        ),
        (
            lambda web: web.files.update({"small.h5": b"version https://git-lfs"}),
            "Git LFS pointer",
        ),
        (lambda web: web.files.update({"small.h5": b""}), "is empty"),
        (
            lambda web: web.cut_after.extend([100, 0, 0]),
            r"cut after 100 of 2,000 bytes\); run the command again \(it goes on",
        ),
    ],
    ids=["dead link", "proxy's page", "LFS pointer", "empty", "truncated"],
)
def test_what_a_server_does_wrong_is_told_apart(
    web, machine, monkeypatch, misbehave, told
):
    misbehave(web)
    use(monkeypatch, small=entry(urls=(web.url("small.h5"),)))
    with pytest.raises(Problem, match=told):
        fetch("small")
    assert not (machine / "artifacts/weights/small.h5").exists()
    assert find("small") is None


def test_a_wrong_hash_is_told_and_nothing_kept(web, machine, monkeypatch):
    use(monkeypatch, small=entry(urls=(web.url("small.h5"),), md5="0" * 32))
    with pytest.raises(Problem, match=f"md5 {md5(BODY)} instead of {'0' * 32}"):
        fetch("small")
    assert find("small") is None


def test_nobody_listens_at_the_address(web, monkeypatch):
    address = web.url("small.h5")
    web.shutdown()
    web.server_close()
    use(monkeypatch, small=entry(urls=(address,)))
    with pytest.raises(Problem, match=r"cannot be fetched .*refused"):
        fetch("small")


def test_mirrors_are_asked_in_turn_and_believed_by_hash_only(web, monkeypatch):
    web.files["bad/small.h5"] = b"other numbers"
    urls = (web.url("gone/small.h5"), web.url("bad/small.h5"), web.url("small.h5"))
    use(monkeypatch, small=entry(urls=urls, noted=sha256(BODY)))
    record = locate("small").record
    assert record.verified == "hash"
    assert record.origin == urls[-1]
    assert len(web.asked) == 3


def test_when_all_mirrors_fail_each_reason_is_told(web, monkeypatch):
    web.files["page/small.h5"] = b"<!doctype html>"
    urls = (web.url("gone/small.h5"), web.url("page/small.h5"))
    use(monkeypatch, small=entry(urls=urls, md5=md5(BODY)))
    with pytest.raises(Problem, match=r"HTTP 404.*web page.*--weights random:0"):
        fetch("small")


def test_a_fetched_file_that_changed_is_refused(web, machine, monkeypatch):
    use(monkeypatch, small=entry(urls=(web.url("small.h5"),)))
    path = locate("small").path
    path.write_bytes(b"retrained meanwhile")
    with pytest.raises(Problem, match="changed since it came from http"):
        locate("small")
    # Fetching again mends it.
    fetch("small")
    assert locate("small").record.origin.startswith("http")


def test_a_later_fetch_goes_on_where_the_first_was_cut(web, monkeypatch):
    web.cut_after = [700, 0, 0]
    use(monkeypatch, small=entry(urls=(web.url("small.h5"),), md5=md5(BODY)))
    with pytest.raises(Problem, match="goes on after 700 bytes"):
        fetch("small")
    fetch("small")
    assert web.asked[-1] == "bytes=700-"


def test_weights_of_ones_own_go_unverified(machine):
    path = machine / "mine.npz"
    np.savez(path, kernel=np.arange(3.0))
    assert record_of("vgg16_notop", path).verified == "unverified"
