"""A backbone that sees faces: which it wants, found how, cut how."""

import dataclasses
import functools
import inspect
import typing
from collections.abc import Callable, Mapping
from typing import Any

from corpus.problem import Problem
from embeddings.backbone import (
    NO_WEIGHTS,
    About,
    BackboneSpec,
    Examples,
    WeightsRecord,
)
from embeddings.frozen import Frozen, Network
from visual_features import face_view
from visual_features.detectors import Detector, make_detector
from visual_features.faces import FaceTrack, FaceView
from visual_features.frames import pick

__all__ = ["FaceBackbone", "crops_of", "sees_faces", "settings_of"]

# Settings that views have got since embeddings are stored, with the values that change
# nothing. Those are left out of keys, so that older embeddings are found again.
LATER = {"margin": 0.0, **face_view.LATER}

# Settings of the search that every picture backbone takes by themselves, too, and
# which fields of a detector they are.
SEARCH = {"min_face": "min_size", "track": "track", "luma": "luma"}


class FaceBackbone(Frozen):
    """A `embeddings.backbone.Backbone` for pictures.

    Attributes:
        view: How it wants faces cut out.
        detector: Finds the faces it wants.
    """

    def __init__(
        self,
        spec: BackboneSpec,
        *,
        view: FaceView,
        detector: Detector,
        network: Callable[[], Network] | None = None,
        weights: WeightsRecord = NO_WEIGHTS,
        about: About | None = None,
        prepare: Callable[[FaceTrack], Examples] | None = None,
    ) -> None:
        """Put a backbone together, see `embeddings.frozen.Frozen`.

        Args:
            spec: What changes its numbers, `settings_of(view, detector)` among it.
            view: How it wants faces cut out.
            detector: Finds the faces it wants.
            network: Opens the network, which takes what `prepare` gives.
            weights: Where its weights come from.
            about: What a list says of it.
            prepare: Turns a track of `view` into examples; by default the crops as
                they are, with `found` beside them.
        """
        super().__init__(
            spec,
            prepare=prepare or functools.partial(crops_of, view=view),
            network=network,
            weights=weights,
            about=about,
        )
        self.view = view
        self.detector = detector

    def showing(self, frames: str) -> "FaceBackbone":
        """Return the same backbone for some of a take's frames.

        Args:
            frames: As for `visual_features.frames.pick`; those that `no_face` drops
                do not count.

        Raises:
            Problem: If nothing is called so.
        """
        pick(1, frames)
        if frames == "all":
            return self
        told = {**self.spec.preprocessing, "frames": frames}
        return FaceBackbone(
            dataclasses.replace(self.spec, preprocessing=told),
            view=self.view,
            detector=self.detector,
            network=self._open,
            weights=self.weights,
            about=self.about,
            prepare=functools.partial(_picked, frames=frames, prepare=self._prepare),
        )


def crops_of(track: FaceTrack, *, view: FaceView) -> Examples:
    """Return a track's crops as examples, one a frame.

    Args:
        track: A take's faces.
        view: The view they have to be of.

    Raises:
        ValueError: If they are of another.
    """
    if track.crops.shape[1:] != view.shape:
        raise ValueError(
            f"crops of shape {track.crops.shape[1:]} are not of the view {view.name}"
        )
    return Examples(track.crops, track.time, {"found": track.found})


def _picked(
    track: FaceTrack, *, frames: str, prepare: Callable[[FaceTrack], Examples]
) -> Examples:
    chosen = pick(len(track.time), frames)
    some = FaceTrack(track.crops[chosen], track.time[chosen], track.found[chosen])
    return prepare(some)


def settings_of(view: FaceView, detector: Detector) -> dict[str, Any]:
    """Return what a spec's `preprocessing` says of faces."""
    return {
        "detector": {
            "name": detector.name,
            **getattr(detector, "settings", vars(detector)),
        },
        "view": {
            name: value
            for name, value in vars(view).items()
            if LATER.get(name, ...) != value
        },
    }


def sees_faces(**defaults: Any) -> Callable[[Callable], Callable]:
    """Give a backbone's factory the settings of `FaceView`, of the search, `frames`.

    The factory is written with `view` and `detector`; who calls it names `size`,
    `colour` and whatever else a `FaceView` has, so that all picture backbones take the
    same settings. Only one that names a `width` among its defaults has that: the
    networks take squares. One written with `frames` gets them, too; of all others,
    what it makes is asked to show them. `min_face`, `track` and `luma` are those of
    the detector, which need not be written out for them.

    Args:
        defaults: Of this backbone, where a `FaceView`'s, or the usual `detector`, are
            not wanted. The frame that has no face is by default cut where the last
            face was.
    """
    usual = defaults.pop("detector", None)
    defaults = {"no_face": "previous", **defaults}
    kinds = typing.get_type_hints(FaceView)
    hidden = {"recipe"} if "width" in defaults else {"recipe", "width"}
    fields = [
        field for field in dataclasses.fields(FaceView) if field.name not in hidden
    ]
    offered = [
        inspect.Parameter(
            field.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=defaults.get(field.name, field.default),
            annotation=kinds[field.name],
        )
        for field in fields
    ]
    offered.append(
        inspect.Parameter(
            "detector",
            inspect.Parameter.KEYWORD_ONLY,
            default=usual,
            annotation=Detector | Mapping[str, Any] | None,
        )
    )

    offered += [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind
        )
        for name, default, kind in (
            ("min_face", None, float | None),
            ("track", None, bool | None),
            ("luma", None, bool | None),
            ("frames", "all", str),
        )
    ]

    def decorate(factory: Callable) -> Callable:
        own = inspect.signature(factory)
        kept = [
            parameter
            for parameter in own.parameters.values()
            if parameter.name not in ("view", "detector", "frames")
        ]

        @functools.wraps(factory)
        def made(*args, **settings):
            settings = {one.name: one.default for one in offered} | settings
            view = FaceView(**{one.name: settings.pop(one.name) for one in fields})
            search = {field: settings.pop(name) for name, field in SEARCH.items()}
            detector = _searching(make_detector(settings["detector"]), search)
            if view.colour != "gray" and getattr(detector, "luma", False):
                raise Problem(
                    f"with luma no colours are decoded, and the crops are "
                    f"{view.colour}; leave it out, or set colour = 'gray'."
                )
            settings["detector"] = detector
            if "frames" in own.parameters:
                return factory(*args, view=view, **settings)
            frames = settings.pop("frames")
            return factory(*args, view=view, **settings).showing(frames)

        made.__signature__ = own.replace(parameters=[*kept, *offered])
        return made

    return decorate


def _searching(detector: Detector, search: Mapping[str, Any]) -> Detector:
    """Return a detector with some of its fields changed, those that are not None."""
    told = {field: value for field, value in search.items() if value is not None}
    if strange := [field for field in told if not hasattr(detector, field)]:
        names = {field: name for name, field in SEARCH.items()}
        raise Problem(
            f"the detector {detector.name} has no setting {names[strange[0]]}; leave "
            f"it out, or search with the Haar detector."
        )
    return dataclasses.replace(detector, **told) if told else detector
