import io
import json
import zipfile

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import Pipeline

from classifiers.heads import make_head
from classifiers.skops_archive import read_pipeline, write_pipeline
from corpus.problem import Problem

ROWS = np.random.default_rng(0).normal(size=(30, 4))
TRUTH = np.arange(30) % 3


@pytest.fixture
def archive(tmp_path):
    head = make_head("tree", depth=3)
    path = tmp_path / "head.skops"
    write_pipeline(path, head.fit(ROWS, TRUTH, seed=0, normalise=True))
    return path


def forge(path, change):
    """Change an archive's description."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    schema = json.loads(parts["schema.json"])
    change(schema)
    parts["schema.json"] = json.dumps(schema).encode()
    with zipfile.ZipFile(path, "w") as new:
        for name, data in parts.items():
            new.writestr(name, data)


def test_what_is_written_comes_back(archive):
    np.testing.assert_array_equal(
        read_pipeline(archive).predict(ROWS),
        make_head("tree", depth=3)
        .fit(ROWS, TRUTH, seed=0, normalise=True)
        .predict(ROWS),
    )


@pytest.mark.parametrize(
    "estimator", [KMeans(2, n_init=1), SGDClassifier()], ids=["kmeans", "sgd"]
)
def test_what_skops_itself_trusts_is_still_refused(tmp_path, estimator):
    path = tmp_path / "head.skops"
    write_pipeline(path, Pipeline([("classifier", estimator)]).fit(ROWS, TRUTH))
    name = type(estimator).__name__
    with pytest.raises(Problem, match=f"contains sklearn.*{name}.*not loaded"):
        read_pipeline(path)


def call_a_function(schema):
    schema["content"]["content"]["steps"] = {
        "__class__": "system",
        "__module__": "os",
        "__loader__": "FunctionNode",
        "content": {"module_path": "os", "function": "system"},
    }


def load_a_method(schema):
    schema["__loader__"] = "MethodNode"


def borrow_a_loader(schema):
    schema["content"]["content"]["steps"]["__loader__"] = "OperatorFuncNode"


def hide_the_class(schema):
    del schema["__class__"], schema["__module__"]
    schema["__loader__"] = "PartialNode"


@pytest.mark.parametrize(
    "change, named",
    [
        (call_a_function, r"os\.system \(FunctionNode\)"),
        (load_a_method, r"Pipeline \(MethodNode\)"),
        (borrow_a_loader, r"builtins.list \(OperatorFuncNode\)"),
        (hide_the_class, r"None\.None \(PartialNode\)"),
    ],
)
def test_archives_that_could_run_code_are_refused(archive, change, named):
    forge(archive, change)
    with pytest.raises(Problem, match=f"contains .*{named}"):
        read_pipeline(archive)


def test_a_pipeline_it_must_be(tmp_path):
    write_pipeline(tmp_path / "head.skops", {"a": [1.0, "b"]})
    with pytest.raises(Problem, match="cannot be read as a pipeline of ours"):
        read_pipeline(tmp_path / "head.skops")


def write_arrays(path, change):
    """Change the arrays of an archive, each by what `change` makes of it."""
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(path, "w") as new:
        for name, data in parts.items():
            if name.endswith(".npy"):
                out = io.BytesIO()
                np.save(out, change(np.load(io.BytesIO(data))))
                data = out.getvalue()
            new.writestr(name, data)


@pytest.mark.parametrize("field, value", [("left_child", 0), ("feature", 9)])
def test_a_tree_that_leads_nowhere_is_not_walked(archive, field, value):
    def change(array):
        if array.dtype.names:
            array[field][0] = value
        return array

    write_arrays(archive, change)
    with pytest.raises(Problem, match="cannot be read as a pipeline of ours"):
        read_pipeline(archive)


def test_support_vectors_without_weights_are_not_used(tmp_path):
    path = tmp_path / "head.skops"
    pipeline = make_head("rbf_svm").fit(ROWS, TRUTH, seed=0, normalise=False)
    write_pipeline(path, pipeline)
    weights = pipeline[-1]._dual_coef_
    read_pipeline(path)
    write_arrays(path, lambda one: one[:, :1] if one.shape == weights.shape else one)
    with pytest.raises(Problem, match="cannot be read as a pipeline of ours"):
        read_pipeline(path)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"\x80\x04K\x01."])
def test_no_archive(tmp_path, data):
    (tmp_path / "head.skops").write_bytes(data)
    with pytest.raises(Problem, match="not a whole skops archive"):
        read_pipeline(tmp_path / "head.skops")
