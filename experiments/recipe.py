"""What a recipe says, in frozen dataclasses: corpus, protocol, branches, fusion."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from corpus import labels

__all__ = [
    "Branch",
    "Copies",
    "Corpus",
    "Fusion",
    "Paper",
    "Protocol",
    "Recipe",
    "Training",
]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Corpus:
    """Which takes.

    Attributes:
        reader: One of `corpus.readers`, or several, "ravdess+rml".
        emotions: The classes, in the order of the labels.
        vocal_channels: "speech", "song" or both.
    """

    reader: str = "ravdess"
    emotions: tuple[str, ...] = labels.THESIS
    vocal_channels: tuple[str, ...] = ("speech",)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Protocol:
    """How takes are parted; see `corpus.splits.make_split`."""

    name: str = "stratified"
    ratios: tuple[float, ...] = (0.5, 0.25, 0.25)
    separate_identical_sound: bool = True


@dataclasses.dataclass(frozen=True, kw_only=True)
class Copies:
    """Augmented copies of takes; see `corpus.copies.draw_copies`.

    Attributes:
        per_take: How many.
        balance: Whether rare classes get more.
        parts: Whose takes have copies; where the test part is among them, as one paper
            has it, the leak report says so.
        seed: Draws by how much each copy differs.
    """

    per_take: int = 0
    balance: bool = False
    parts: tuple[str, ...] = ("base", "stack")
    seed: int = 0

    @property
    def wanted(self) -> bool:
        """Whether there are any."""
        return bool(self.per_take or self.balance)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Training:
    """How one net is trained.

    Attributes:
        optimizer: "adam", "adamax" or "sgd".
        learning_rate: Step size.
        batch: Takes in a step.
        epochs: At most so many.
        patience: Epochs without a better validation loss before stopping.
        normalise: Whether features become standard scores of the part fitted on.
        loss: "cross_entropy" or "mse".
        weight_decay: Added to the gradient, times the weight, as PyTorch's Adam does.
        reduce_on_plateau: Factor, patience and least rate; none for a constant rate.
        double_softmax: Whether the loss takes probabilities for logits (a quirk).
        dropout_in_first_epoch_only: Whether there is none later (a quirk).
        bucketed: Whether sequences of like length stand together in a batch: faster.
        validation: "inner" (a share of the part being trained), or the name of the
            part that watches ("test": what the paper probably did). The "stack" part
            may watch base nets; those that learn from it too have an inner share.
        validation_fraction: The share, for "inner".
    """

    optimizer: str = "adam"
    learning_rate: float = 0.001
    batch: int = 32
    epochs: int = 200
    patience: int = 10
    normalise: bool = True
    loss: str = "cross_entropy"
    weight_decay: float = 0.0
    reduce_on_plateau: tuple[float, ...] = ()
    double_softmax: bool = False
    dropout_in_first_epoch_only: bool = False
    bucketed: bool = False
    validation: str = "inner"
    validation_fraction: float = 0.1


@dataclasses.dataclass(frozen=True, kw_only=True)
class Branch:
    """A base classifier and the frozen backbone it stands on.

    Attributes:
        backbone: A registered name, the path of a description (TOML), or the name of
            an imported table; "" leaves the branch out.
        weights: A path, "random:SEED", or "" for the official ones.
        settings: Passed to the backbone.
        fps: Frames a second of a sequence, by repeating or leaving out frames; 0
            takes each native frame once. Sequences only.
        head: A kind of `classifiers.heads`: "dense", "lstm", "cnn", "forest", ...
        head_settings: What else that kind can be told, such as filters = [16, 32].
        pooling: What a head of single vectors is given of several embeddings a take,
            side by side: any of "mean", "std", "max" and "last"; or "flat", all of
            them one after another, where every take has as many.
        units: Of the hidden layers, of an LSTM the recurrent ones, of a CNN the dense
            ones; of a dense head the last is the penultimate one. Heads that are no
            networks have none.
        dropout: After each of those.
        augment: How augmented copies differ from recordings, as
            `vggish_features.augment.ChangeSound` or `visual_features.augment.
            ChangeFaces` have it; where it is empty, a copy has the recording's own.
        training: How the head is trained.
    """

    backbone: str = ""
    weights: str = ""
    settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    fps: float = 0.0
    head: str = "dense"
    head_settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    pooling: tuple[str, ...] = ("mean",)
    units: tuple[int, ...] = (512, 256)
    dropout: tuple[float, ...] = (0.5, 0.5)
    augment: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    training: Training = Training()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Fusion:
    """The meta-classifier on what both base nets say.

    Attributes:
        head: A kind of `classifiers.heads` that is fed single vectors.
        head_settings: What else that kind can be told.
        units: Of its hidden layers.
        dropout: After each.
        training: How it is trained.
        also: Other ways to join both branches, on base and stack part: "early", one
            such head on the features side by side; "joint", both branches' networks
            without their softmax trained as one, as the sound's is.
        pair_by: What stands together in those while they learn: sound and face of one
            "take", or of any two takes of one "class".
        out_of_fold: In how many folds it is also trained out of fold, on base and stack
            part together, beside the thesis' hold-out; 0 leaves that out.
        says: What the base nets say to it: "penultimate", as in the thesis, which
            heads without such a layer cannot, or "probabilities".
        asks: Which nets are asked of a take outside the training part: those of the
            "folds", the meta-classifier judging each and the mean deciding, or one
            "refit" on base and stack, whose penultimate units it never met.
    """

    head: str = "dense"
    head_settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    units: tuple[int, ...] = (256,)
    dropout: tuple[float, ...] = (0.5,)
    training: Training = Training()
    also: tuple[str, ...] = ()
    pair_by: str = "take"
    out_of_fold: int = 0
    says: str = "penultimate"
    asks: str = "folds"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Paper:
    """What the publication reports.

    Attributes:
        name: Author and year.
        corpora: Names of the corpora it used.
        takes: How many takes; 0 where nobody knows.
        labels: Its classes.
        protocol: The nearest of ours.
        backbones: By branch.
        figures: Test accuracy in [0, 1] by system.
    """

    name: str = ""
    corpora: tuple[str, ...] = ()
    takes: int = 0
    labels: tuple[str, ...] = ()
    protocol: str = ""
    backbones: Mapping[str, str] = dataclasses.field(default_factory=dict)
    figures: Mapping[str, float] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Recipe:
    """Everything that decides a result but the data and the seed.

    Attributes:
        name: The file's own name.
        title: Of the paper.
        profile: "paper" or "corrected".
        switches: Whose oddities the profile turns on or off, a key of
            `experiments.profiles.FAMILIES`.
        corpus: This and all others are tables of their own.
    """

    name: str
    title: str = ""
    profile: str = "corrected"
    switches: str = "thesis"
    corpus: Corpus = Corpus()
    protocol: Protocol = Protocol()
    copies: Copies = Copies()
    audio: Branch = Branch()
    visual: Branch = Branch()
    fusion: Fusion = Fusion()
    paper: Paper = Paper()

    @property
    def modalities(self) -> tuple[str, ...]:
        """The branches that are there, "audio" before "visual"."""
        both = (("audio", self.audio), ("visual", self.visual))
        return tuple(name for name, branch in both if branch.backbone)

    @property
    def stack_watches(self) -> bool:
        """Whether a base net is watched by what the meta-classifier learns from."""
        branches = (getattr(self, name) for name in self.modalities)
        return any(branch.training.validation == "stack" for branch in branches)
