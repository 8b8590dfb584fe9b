import hashlib
from pathlib import Path

import pytest

from corpus.problem import Problem
from embeddings.adaptors.hub import hub_folder, is_handle

HANDLE = "https://tfhub.dev/google/yamnet/1"


def test_handles_are_addresses():
    assert is_handle(HANDLE)
    assert not is_handle("folder/net.tflite")


def test_a_cached_folder_needs_no_network(tmp_path, monkeypatch):
    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("EMOSTACK_OFFLINE", "1")
    folder = tmp_path / hashlib.sha1(HANDLE.encode()).hexdigest()
    with pytest.raises(Problem, match="EMOSTACK_OFFLINE forbids"):
        hub_folder(HANDLE)
    folder.mkdir()
    (folder / "saved_model.pb").touch()
    assert hub_folder(HANDLE) == folder


def test_the_name_of_the_folder_is_tf_hub_s_own(tmp_path, monkeypatch):
    from tensorflow_hub.compressed_module_resolver import _module_dir

    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path))
    folder = Path(_module_dir(HANDLE))
    folder.mkdir(exist_ok=True)
    (folder / "saved_model.pb").touch()
    assert hub_folder(HANDLE) == folder


def test_what_cannot_be_fetched_is_one_sentence(tmp_path, monkeypatch):
    import tensorflow_hub

    def refuse(handle):
        raise OSError("no route to host\nand more")

    monkeypatch.setenv("TFHUB_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("EMOSTACK_OFFLINE", raising=False)
    monkeypatch.setattr(tensorflow_hub, "resolve", refuse)
    with pytest.raises(Problem, match=r"cannot be fetched \(no route to host\)"):
        hub_folder(HANDLE)
    with pytest.raises(Problem, match="no https address"):
        hub_folder(HANDLE.replace("https", "http"))
