"""The heads that are no networks: Coban's list (002:87), and logistic regression.

Each is scikit-learn's classifier of that name; what is not a setting is its default.
"""

import dataclasses
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from classifiers.shallow import ShallowHead
from corpus.problem import Problem

if TYPE_CHECKING:
    from sklearn.base import ClassifierMixin
    from sklearn.pipeline import Pipeline

__all__ = [
    "AdaBoostHead",
    "ForestHead",
    "KNNHead",
    "LinearSVMHead",
    "LogisticHead",
    "NaiveBayesHead",
    "QDAHead",
    "RBFSVMHead",
    "TreeHead",
]


@dataclasses.dataclass(frozen=True, kw_only=True)
class KNNHead(ShallowHead):
    """The nearest neighbours, by Euclidean distance, a vote each.

    Attributes:
        neighbours: How many.
    """

    kind: str = "knn"
    neighbours: int = 5

    scored_by: ClassVar[str] = "votes"

    def _check(self) -> None:
        _at_least(self, 1, "neighbours")

    def fit(self, rows: np.ndarray, truth: np.ndarray, **how: Any) -> "Pipeline":
        """Return a trained pipeline, see `ShallowHead.fit`."""
        if len(rows) < self.neighbours:
            raise Problem(
                f"the knn head asks {self.neighbours} neighbours, but there are only "
                f"{len(rows)} takes to train on; lower neighbours."
            )
        return super().fit(rows, truth, **how)

    def _classifier(self, seed: int) -> "ClassifierMixin":
        from sklearn.neighbors import KNeighborsClassifier

        return KNeighborsClassifier(self.neighbours, algorithm="brute")


@dataclasses.dataclass(frozen=True, kw_only=True)
class LinearSVMHead(ShallowHead):
    """A support vector machine with hyperplanes, one for each pair of labels.

    Attributes:
        c: What a take on the wrong side costs; the smaller, the wider the margin.
    """

    kind: str = "linear_svm"
    c: float = 1.0

    def _check(self) -> None:
        _above_zero(self, "c")

    def _classifier(self, seed: int) -> "ClassifierMixin":
        from sklearn.svm import SVC

        return SVC(kernel="linear", C=self.c, break_ties=True)


@dataclasses.dataclass(frozen=True, kw_only=True)
class RBFSVMHead(ShallowHead):
    """A support vector machine with a Gaussian kernel.

    Attributes:
        c: What a take on the wrong side costs.
        gamma: One over the square of the kernel's width; 0 for one over the number of
            features times their variance.
    """

    kind: str = "rbf_svm"
    c: float = 1.0
    gamma: float = 0.0

    def _check(self) -> None:
        _above_zero(self, "c")
        _at_least(self, 0, "gamma")

    def _classifier(self, seed: int) -> "ClassifierMixin":
        from sklearn.svm import SVC

        return SVC(C=self.c, gamma=self.gamma or "scale", break_ties=True)


@dataclasses.dataclass(frozen=True, kw_only=True)
class TreeHead(ShallowHead):
    """A decision tree.

    Attributes:
        depth: Questions on the way to a leaf, at most; 0 for any number.
    """

    kind: str = "tree"
    depth: int = 5

    scored_by: ClassVar[str] = "votes"

    def _check(self) -> None:
        _at_least(self, 0, "depth")

    def _classifier(self, seed: int) -> "ClassifierMixin":
        from sklearn.tree import DecisionTreeClassifier

        return DecisionTreeClassifier(max_depth=self.depth or None, random_state=seed)


@dataclasses.dataclass(frozen=True, kw_only=True)
class ForestHead(ShallowHead):
    """A random forest.

    Attributes:
        trees: How many.
        depth: Questions on the way to a leaf, at most; 0 for any number.
        features: Of how many features a question may be, drawn anew for each; 0 for
            the square root of all.
    """

    kind: str = "forest"
    trees: int = 100
    depth: int = 0
    features: int = 0

    scored_by: ClassVar[str] = "votes"

    def _check(self) -> None:
        _at_least(self, 1, "trees")
        _at_least(self, 0, "depth", "features")

    def _classifier(self, seed: int) -> "ClassifierMixin":
        from sklearn.ensemble import RandomForestClassifier

        return RandomForestClassifier(
            self.trees,
            max_depth=self.depth or None,
            max_features=self.features or "sqrt",
            random_state=seed,
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class NaiveBayesHead(ShallowHead):
    """Gaussians, each feature by itself.

    Attributes:
        smoothing: Share of the largest variance that is added to all.
    """

    kind: str = "naive_bayes"
    smoothing: float = 1e-9

    scored_by: ClassVar[str] = "predict_log_proba"

    def _check(self) -> None:
        _at_least(self, 0, "smoothing")

    def _classifier(self, seed: int) -> "ClassifierMixin":
        from sklearn.naive_bayes import GaussianNB

        return GaussianNB(var_smoothing=self.smoothing)


@dataclasses.dataclass(frozen=True, kw_only=True)
class AdaBoostHead(ShallowHead):
    """Trees of one question, each learnt on what those before it got wrong.

    Attributes:
        trees: How many, at most.
    """

    kind: str = "adaboost"
    trees: int = 50

    def _check(self) -> None:
        _at_least(self, 1, "trees")

    def _classifier(self, seed: int) -> "ClassifierMixin":
        from sklearn.ensemble import AdaBoostClassifier

        return AdaBoostClassifier(n_estimators=self.trees, random_state=seed)


@dataclasses.dataclass(frozen=True, kw_only=True)
class QDAHead(ShallowHead):
    """A Gaussian for each label, with all covariances (quadratic discriminants).

    Attributes:
        shrinkage: How far each covariance is drawn towards a sphere, up to 1; 0 for
            as far as Ledoit and Wolf 2004 find best. Not at all is not to be had:
            of more features than takes there is no such Gaussian.
    """

    kind: str = "qda"
    shrinkage: float = 0.0

    def _check(self) -> None:
        if not 0 <= self.shrinkage <= 1:
            raise Problem(
                f"shrinkage of the qda head must be from 0 to 1, not "
                f"{self.shrinkage!r}."
            )

    def _classifier(self, seed: int) -> "ClassifierMixin":
        from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis

        # tol: how small a variance scikit-learn still accepts; it changes no number.
        return QuadraticDiscriminantAnalysis(
            solver="eigen", shrinkage=self.shrinkage or "auto", tol=1e-12
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class LogisticHead(ShallowHead):
    """Multinomial logistic regression.

    Attributes:
        c: One over the weight of the squared coefficients in the loss.
    """

    kind: str = "logistic"
    c: float = 1.0

    def _check(self) -> None:
        _above_zero(self, "c")

    def _classifier(self, seed: int) -> "ClassifierMixin":
        from sklearn.linear_model import LogisticRegression

        return LogisticRegression(C=self.c, max_iter=1000)


def _at_least(head: ShallowHead, least: int, *names: str) -> None:
    for name in names:
        if not least <= getattr(head, name) < np.inf:
            raise Problem(
                f"{name} of the {head.kind} head must be {least} or more, not "
                f"{getattr(head, name)!r}."
            )


def _above_zero(head: ShallowHead, name: str) -> None:
    if not 0 < getattr(head, name) < np.inf:
        raise Problem(
            f"{name} of the {head.kind} head must be above 0, not "
            f"{getattr(head, name)!r}."
        )
