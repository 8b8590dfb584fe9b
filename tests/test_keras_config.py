import json
from pathlib import Path

import pytest

from corpus.problem import Problem
from embeddings.adaptors.keras_config import refuse_what_could_run

FILE = Path("net.keras")


def layer(module="keras.layers", name="Dense", config=None, **more):
    return {"module": module, "class_name": name, "config": config or {}, **more}


def function(name, module="builtins", registered=None):
    return {
        "module": module,
        "class_name": "function",
        "config": name,
        "registered_name": registered or name,
    }


@pytest.mark.parametrize(
    "config",
    [
        layer(),
        layer(None, "Conv2D"),
        layer(config={"activation": function("gelu")}),
        layer("keras.src.models.functional", "Functional", {"layers": [layer()]}),
        layer(name="Bidirectional", config={"layer": layer(name="LSTM")}),
        layer("keras.src.ops.numpy", "Add", registered_name="Add"),
    ],
)
def test_plain_layers_go_through(config):
    refuse_what_could_run(config, path=FILE)


@pytest.mark.parametrize(
    ("config", "told"),
    [
        (layer(name="Lambda"), "keras.layers.Lambda"),
        (layer(None, "Lambda"), "Lambda"),
        (layer(name="TFSMLayer"), "keras.layers.TFSMLayer"),
        (layer(name="TorchModuleWrapper"), "TorchModuleWrapper"),
        (layer(name="JaxLayer"), "JaxLayer"),
        (layer(name="StringLookup"), "StringLookup"),
        (layer("os", "system"), "os.system"),
        (layer("builtins", "Dense"), "builtins.Dense"),
        (layer("my_package", "Dense"), "my_package.Dense"),
        (layer(None, "my_package>Dense"), "my_package>Dense"),
        (layer(registered_name="my_package>Dense"), "my_package>Dense"),
        (layer(config={"activation": function("get_file")}), "builtins.get_file"),
        (
            layer(config={"activation": function("get_file", "keras.utils")}),
            "keras.utils.get_file",
        ),
        (
            layer(config={"activation": function("relu", registered="a>b")}),
            "a>b",
        ),
        (layer(config={"deep": [[{"class_name": "__lambda__"}]]}), "__lambda__"),
        (layer(build_config={"class_name": "__typespec__"}), "__typespec__"),
        (layer("keras.saving", "load_model"), "keras.saving.load_model"),
        ({"class_name": ["Dense"], "module": {"a": 1}}, "Dense"),
    ],
)
def test_whatever_could_run_is_refused_however_deep(config, told):
    nested = layer("keras", "Sequential", {"layers": [layer(), config]})
    for each in (config, nested, json.loads(json.dumps(nested))):
        with pytest.raises(Problem) as caught:
            refuse_what_could_run(each, path=FILE)
        assert told in str(caught.value) and "not loaded" in str(caught.value)
