"""The two profiles: what the paper did, and what is right.

Every place where the paper's code or text is odd is one row here. A profile only sets
ordinary parameters of ordinary functions; no other module asks which profile it is in.
"""

import dataclasses
from typing import Any

from corpus.problem import Problem

__all__ = ["FAMILIES", "PROFILES", "Switch", "defaults", "switches_of"]

PROFILES = ("paper", "corrected")


@dataclasses.dataclass(frozen=True)
class Switch:
    """One oddity.

    Attributes:
        settings: Recipe keys that it sets.
        paper: Their values as in the paper.
        corrected: Their values as we hold right.
        why: What is odd, and where it stands (003:N is a line of the thesis' text).
    """

    settings: tuple[str, ...]
    paper: tuple[Any, ...]
    corrected: tuple[Any, ...]
    why: str


THESIS = (
    Switch(
        ("visual.settings.scaling",),
        ("unit",),
        ("own",),
        "frames divided by 255 (its demo script), not VGG16's own preprocessing, "
        "which it imports and never calls (003:1222)",
    ),
    Switch(
        ("visual.settings.no_face",),
        ("full_frame",),
        ("previous",),
        "where no face was found the whole colour frame stands in (003:1418-1427)",
    ),
    Switch(
        ("visual.settings.jpeg_passes",),
        (2,),
        (0,),
        "face and thumbnail are each written as JPEG (003:1418-1439)",
    ),
    Switch(
        ("visual.fps",),
        (45.0,),
        (0.0,),
        "frames at 45 fps from sources of about 30: every second one comes twice, "
        "without new information (003:649)",
    ),
    Switch(
        (
            "audio.training.optimizer",
            "audio.training.learning_rate",
            "visual.training.optimizer",
            "visual.training.learning_rate",
            "fusion.training.optimizer",
            "fusion.training.learning_rate",
        ),
        ("adamax", 0.002) * 3,
        ("adam", 0.001) * 3,
        "the text says Adam (003:927), the code runs Adamax() (003:944), which meant "
        "a rate of 0.002 in the Keras of its time",
    ),
    Switch(
        ("visual.training.batch",),
        (1,),
        (16,),
        "one clip a step, of its own length (003:1050); masks make batches possible",
    ),
    Switch(
        (
            "audio.training.validation",
            "visual.training.validation",
            "fusion.training.validation",
        ),
        ("test",) * 3,
        ("inner",) * 3,
        "early stopping watches a validation set that the text never names "
        "(003:1022); of its three parts only the test part is left for it",
    ),
    Switch(
        ("protocol.separate_identical_sound",),
        (False,),
        (True,),
        "two RAVDESS takes of actor 7 have the same sound; a random split parts them",
    ),
)


BRAMBILLA = (
    Switch(
        ("copies.parts",),
        (["base", "stack", "validation", "test"],),
        (["base", "stack"],),
        "augmented copies also go to the validation and test parts (its code)",
    ),
    Switch(
        (
            "audio.training.dropout_in_first_epoch_only",
            "visual.training.dropout_in_first_epoch_only",
        ),
        (True, True),
        (False, False),
        "train() is called once, before the loop, and eval() in each epoch: there is "
        "no dropout from the second on (its code)",
    ),
    Switch(
        ("visual.settings.draw_box",),
        (True,),
        (False,),
        "a white rectangle is drawn around the face before it is cut out (its code)",
    ),
    Switch(
        ("visual.settings.detector.choice",),
        ("last",),
        ("largest",),
        "of several boxes in a frame the last is cut out (its code)",
    ),
    Switch(
        ("visual.settings.order",),
        ("bgr",),
        ("rgb",),
        "faces enter a network of RGB pictures as BGR (its code)",
    ),
    Switch(
        ("visual.settings.normalisation",),
        ("image",),
        ("trained",),
        "the frozen network is never put into eval mode: batch normalisation uses each "
        "single picture's own statistics (its code)",
    ),
    Switch(
        ("fusion.pair_by",),
        ("class",),
        ("take",),
        "sound and faces of the joint network are paired by class and number, not by "
        "take (its code)",
    ),
    Switch(
        ("visual.training.normalise",),
        (False,),
        (True,),
        "the text normalises all data (000:165), the code only sound",
    ),
)
COPPOLA = (
    Switch(
        ("audio.training.double_softmax",),
        (True,),
        (False,),
        "a softmax ends the network and the loss takes a second one (its code)",
    ),
    Switch(
        ("audio.training.validation", "visual.training.validation"),
        ("stack", "stack"),
        ("inner", "inner"),
        "the part that the meta-classifier learns from also chooses the epoch of the "
        "base nets (001:221-222)",
    ),
    Switch(
        ("fusion.training.validation",),
        ("test",),
        ("inner",),
        "the best meta-classifier is chosen on the test part it is then reported on "
        "(its code)",
    ),
    Switch(
        ("visual.settings.order",),
        ("bgr",),
        ("rgb",),
        "frames enter the landmark model as BGR, said to be RGB (its code)",
    ),
)
COBAN = (
    Switch(
        ("audio.training.validation",),
        ("test",),
        ("inner",),
        "the same split is drawn twice, so that the takes that watch the training are "
        "those it is tested on (its code)",
    ),
)
COBAN_MLP = (
    Switch(
        ("audio.training.double_softmax",),
        (True,),
        (False,),
        "a softmax ends the network and the loss takes a second one (its code)",
    ),
)
COBAN_FACES = (
    Switch(
        ("visual.settings.scaling",),
        ("levels",),
        ("own",),
        "levels of 0 to 255 as OpenCV has them, without the means that VGG16 was "
        "trained with (its code)",
    ),
    Switch(
        ("visual.training.loss",),
        ("mse",),
        ("cross_entropy",),
        "the squared error of a softmax, whose gradient vanishes where it is most "
        "wrong (its code)",
    ),
)
MITSEAS = (
    Switch(
        ("audio.settings.definition",),
        ("library",),
        ("published",),
        "the library's mel filters stand at half their frequencies (its code)",
    ),
)

# By the word that a recipe names as its `switches`.
FAMILIES = {
    "thesis": THESIS,
    "brambilla": BRAMBILLA,
    "coppola": COPPOLA,
    "coban": COBAN,
    "coban-mlp": COBAN_MLP,
    "coban-faces": COBAN_FACES,
    "mitseas": MITSEAS,
}


def switches_of(family: str) -> tuple[Switch, ...]:
    """Return the switches of one paper.

    Args:
        family: A key of `FAMILIES`.

    Raises:
        Problem: If there is no such family.
    """
    if family not in FAMILIES:
        raise Problem(
            f"the recipe's switches are those of {', '.join(FAMILIES)}, not of "
            f"{family!r}."
        )
    return FAMILIES[family]


def defaults(profile: str, family: str = "thesis") -> dict:
    """Return the recipe keys that a profile sets, as nested tables.

    Args:
        profile: One of `PROFILES`.
        family: A key of `FAMILIES`.

    Raises:
        Problem: If there is no such profile or family.
    """
    if profile not in PROFILES:
        raise Problem(f"the profile is 'paper' or 'corrected', not {profile!r}.")
    tables: dict = {}
    for switch in switches_of(family):
        for path, value in zip(switch.settings, getattr(switch, profile), strict=True):
            *parents, last = path.split(".")
            table = tables
            for parent in parents:
                table = table.setdefault(parent, {})
            table[last] = value
    return tables
