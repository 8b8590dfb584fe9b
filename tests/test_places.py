import pytest
from bare_machine import entry, make_bare, put

from embeddings.weights.places import (
    candidates,
    is_there,
    is_writable,
    new_weights,
    own_folders,
    parts_of,
)

HUB = entry(
    also=("small.npz",),
    hub="https://tfhub.dev/google/vggish/1",
    kaggle="google/vggish/tensorFlow2/vggish/1",
)


def test_the_places_come_in_their_order(tmp_path, monkeypatch):
    machine = make_bare(monkeypatch, tmp_path)
    monkeypatch.setenv("EMOSTACK_WEIGHTS", "~/named")
    home = machine / "home"
    folders = [home / "named", machine / "artifacts/weights"]
    assert own_folders() == folders
    paths = candidates("small", HUB)
    by_folder = list(dict.fromkeys(path.parent for path in paths))
    assert by_folder == [
        *folders,
        home / ".keras/models",
        machine / "tfhub",
        home / ".cache/kagglehub/models/google/vggish/tensorFlow2/vggish",
    ]
    # TF-Hub's own name for https://tfhub.dev/google/vggish/1
    hub = machine / "tfhub" / "a2d9c70b5c312dce4d2cde46297518f806bd50d0"
    assert hub in paths
    named = [path.name for path in paths if path.parent == folders[0]]
    assert named[:2] == ["small.h5", "small.npz"]
    assert {"small", "small.tflite"} <= set(named)


def test_weights_are_a_file_a_saved_model_or_a_checkpoint(tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    assert not is_there(folder)
    put(folder / "saved_model.pb")
    variables = [
        put(folder / "variables" / f"variables.{end}")
        for end in ("data-00000-of-00001", "index")
    ]
    assert is_there(folder)
    assert parts_of(folder) == variables
    prefix = tmp_path / "net.ckpt"
    assert not is_there(prefix)
    index = put(tmp_path / "net.ckpt.index")
    assert is_there(prefix) and parts_of(prefix) == [index]
    assert parts_of(put(prefix)) == [prefix]


@pytest.mark.parametrize("value", ["", None])
def test_without_a_named_folder_the_artifacts_hold_weights(monkeypatch, value):
    monkeypatch.delenv("EMOSTACK_ARTIFACTS", raising=False)
    if value is None:
        monkeypatch.delenv("EMOSTACK_WEIGHTS", raising=False)
    else:
        monkeypatch.setenv("EMOSTACK_WEIGHTS", value)
    assert [folder.as_posix() for folder in own_folders()] == ["artifacts/weights"]


def test_new_weights_go_where_they_can_be_written(tmp_path, monkeypatch):
    machine = make_bare(monkeypatch, tmp_path)
    shared = machine / "shared"
    shared.mkdir()
    monkeypatch.setenv("EMOSTACK_WEIGHTS", str(shared))
    assert new_weights() == shared
    shared.chmod(0o555)  # a laboratory's folder; root could write it all the same
    assert new_weights() == machine / "artifacts/weights"
    assert not is_writable(shared / "below")
    machine.chmod(0o555)
    assert new_weights() == shared
    machine.chmod(0o755)
