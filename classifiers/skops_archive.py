"""Trained scikit-learn pipelines on disk: a skops archive of types that we know.

A pickle could run anything. skops builds only what its own list or the caller trusts,
but that list holds all of scikit-learn, beside loaders for methods, functions and
partial calls, and its trust was misplaced before (CVE-2024-37065). So an archive is
read here first, and only what our own pipelines are made of goes on to skops. Nobody
can have other types let in.
"""

import io
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corpus.files import whole
from corpus.problem import Problem

if TYPE_CHECKING:
    from sklearn.base import ClassifierMixin
    from sklearn.pipeline import Pipeline
    from sklearn.tree._tree import Tree

__all__ = ["read_pipeline", "write_pipeline"]

NUMBERS = ("int64", "float64")
ESTIMATORS = (
    "pipeline.Pipeline",
    "preprocessing._data.StandardScaler",
    "neighbors._classification.KNeighborsClassifier",
    "svm._classes.SVC",
    "tree._classes.DecisionTreeClassifier",
    "ensemble._forest.RandomForestClassifier",
    "ensemble._weight_boosting.AdaBoostClassifier",
    "naive_bayes.GaussianNB",
    "discriminant_analysis.QuadraticDiscriminantAnalysis",
    "linear_model._logistic.LogisticRegression",
    "dummy.DummyClassifier",
)

# Type and loader of every node in an archive of ours.
KNOWN = {
    ("builtins.dict", "DictNode"),
    ("builtins.list", "ListNode"),
    ("builtins.tuple", "TupleNode"),
    ("builtins.str", "JsonNode"),  # numbers and None too
    ("builtins.str", "TypeNode"),  # of the keys of a dict
    *((f"numpy.{name}", "NdArrayNode") for name in ("ndarray", *NUMBERS)),
    *((f"sklearn.{name}", "ObjectNode") for name in ESTIMATORS),
    ("sklearn.tree._tree.Tree", "TreeNode"),
}
# Of those, what skops does not trust by itself.
TRUSTED = ["sklearn.tree._tree.Tree"]
AGAIN = "train this head again."


def write_pipeline(path: Path, pipeline: "Pipeline") -> None:
    """Write a trained pipeline, whole or not at all."""
    import skops.io

    with whole(path) as file:
        skops.io.dump(pipeline, file, compression=zipfile.ZIP_DEFLATED)


def read_pipeline(archive: Path) -> "Pipeline":
    """Read a pipeline that `write_pipeline` wrote.

    Raises:
        Problem: If it is damaged, or holds a type that no pipeline of ours has.
    """
    try:
        data = archive.read_bytes()
        with zipfile.ZipFile(io.BytesIO(data)) as contents:
            schema = json.loads(contents.read("schema.json"))
    except (OSError, KeyError, ValueError, RecursionError, zipfile.BadZipFile):
        raise Problem(f"{archive} is not a whole skops archive; {AGAIN}") from None
    strange = sorted({f"{kind} ({loader})" for kind, loader in _nodes(schema) - KNOWN})
    if strange:
        raise Problem(
            f"{archive} contains {', '.join(strange)}, which no head of ours has and "
            f"which could run code; it is not loaded: {AGAIN}"
        )
    import skops.io
    from sklearn.pipeline import Pipeline

    try:
        pipeline = skops.io.loads(data, trusted=TRUSTED)
        if not isinstance(pipeline, Pipeline):
            raise TypeError(type(pipeline).__name__)
        _check_classifier(pipeline[-1])
    except Exception as error:
        # What wrong numbers in right types lead to is not for us to list.
        raise Problem(
            f"{archive} cannot be read as a pipeline of ours ({type(error).__name__}); "
            f"{AGAIN}"
        ) from error
    return pipeline


def _nodes(schema: Any) -> set[tuple[str, str]]:
    """Return type and loader of every node in an archive's description."""
    found: set[tuple[str, str]] = set()
    left = [schema]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            if any(name in one for name in ("__class__", "__module__", "__loader__")):
                kind = f"{one.get('__module__')}.{one.get('__class__')}"
                found.add((kind, str(one.get("__loader__"))))
            one = list(one.values())
        if isinstance(one, list):
            left += one
    return found


def _check_classifier(classifier: "ClassifierMixin") -> None:
    """See that a classifier's numbers lead to no place outside of them.

    scikit-learn follows those of trees and support vectors in C, unchecked.

    Raises:
        ValueError: If they do.
    """
    for one in getattr(classifier, "estimators_", [classifier]):
        if hasattr(one, "tree_"):
            _check_tree(one.tree_, classifier.n_features_in_)
    if hasattr(classifier, "support_vectors_"):
        classes, width = len(classifier.classes_), classifier.n_features_in_
        count = int(np.sum(classifier._n_support))
        fits = classifier._n_support.shape == (classes,)
        fits &= classifier._n_support.min() >= 0
        fits &= classifier.support_vectors_.shape == (count, width)
        fits &= classifier._dual_coef_.shape == (classes - 1, count)
        fits &= classifier._intercept_.shape == (classes * (classes - 1) // 2,)
        if not fits:
            raise ValueError("support vectors of another number than their weights")


def _check_tree(tree: "Tree", width: int) -> None:
    """See that every question of a tree leads on, to a leaf in the end."""
    place = np.arange(tree.node_count)
    left, right = tree.children_left, tree.children_right
    leaf = (left == -1) & (right == -1)
    onward = np.minimum(left, right) > place
    onward &= np.maximum(left, right) < len(place)
    onward &= (tree.feature >= 0) & (tree.feature < width)
    if not len(place) or not (leaf | onward).all() or tree.n_features != width:
        raise ValueError("a tree leads nowhere")
