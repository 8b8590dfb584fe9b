"""From embeddings to answers: what is there, who answers, and how sure that is."""

import dataclasses
import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from experiments.bundle.contents import Bundle
from experiments.prediction.answers import Answer
from experiments.prediction.clips import Look
from experiments.prediction.gathering import Gathering, Material
from experiments.prediction.notice import notice_length
from experiments.prediction.plan import Part

__all__ = ["Asking"]

LEARNED = ("base", "stack", "validation")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Asking:
    """Asks a bundle's heads about parts whose embeddings are in a store.

    Attributes:
        gathering: Gives what they are fed.
        trained: The part of each recording of the bundle's split, by file hash.
        calibrated: Whether probabilities are tempered.
        unsure_below: Confidence that an answer needs.
        explain: Whether to see what moved it.
    """

    gathering: Gathering
    trained: Mapping[str, str]
    calibrated: bool
    unsure_below: float
    explain: bool

    @property
    def bundle(self) -> Bundle:
        """The bundle that is asked."""
        return self.gathering.bundle

    def answers(self, parts: Iterable[Part], *, chunk: int) -> Iterator[Answer]:
        """Yield the answer to each part, in order.

        Args:
            parts: Whose pieces are embedded.
            chunk: So many at a time are in memory.
        """
        parts = iter(parts)
        while some := list(itertools.islice(parts, chunk)):
            materials = [self.gathering.material(part) for part in some]
            said = self._said(materials)
            for material, each in zip(materials, said, strict=True):
                yield self._answer(material, each)

    def ask(self, system: str, rows: Mapping[str, Sequence[np.ndarray]]) -> np.ndarray:
        """Return a system's probabilities of some features, shape (n, labels)."""
        return self.gathering.heads.ask(system, rows, calibrated=self.calibrated)

    def system_of(self, modalities: Iterable[str]) -> str:
        """Return who answers where these modalities are there."""
        named = "+".join(name for name in self.bundle.modalities if name in modalities)
        return self.bundle.facts["answers"][named]

    def _said(self, materials: Sequence[Material]) -> list[dict[str, np.ndarray]]:
        """Ask all systems that can be asked about each part; by system."""
        said: list[dict[str, np.ndarray]] = [{} for _ in materials]
        wanted: dict[str, list[int]] = {}
        for place, material in enumerate(materials):
            if material.rows:
                systems = {self.system_of(material.rows)}
                systems |= {self.system_of([name]) for name in material.rows}
                for system in systems:
                    wanted.setdefault(system, []).append(place)
        for system, places in wanted.items():
            modalities = self.bundle.facts["systems"][system]["modalities"]
            rows = {
                name: [materials[place].rows[name] for place in places]
                for name in modalities
            }
            for place, p in zip(places, self.ask(system, rows), strict=True):
                said[place][system] = p
        return said

    def _answer(self, material: Material, said: Mapping[str, np.ndarray]) -> Answer:
        part = material.part
        answer = Answer(
            clip=part.look.clip.name,
            start=part.start,
            end=part.end,
            labels=self.bundle.labels,
            missing=material.missing,
            unsure_below=self.unsure_below,
            coverage=material.coverage,
            warnings=tuple(material.warnings),
        )
        if not said:
            return dataclasses.replace(answer, problem=_reasons(material.missing))
        system = self.system_of(material.rows)
        answer = dataclasses.replace(
            answer,
            system=system,
            probabilities={system: said[system], **said},
            used=tuple(material.rows),
        )
        if self.explain and not part.windowed:
            from experiments.prediction.course import course_of
            from experiments.prediction.occlusion import moments

            answer = dataclasses.replace(
                answer,
                moments=moments(self, material, answer),
                timeline=course_of(self, material, answer),
            )
        return answer

    def summed_up(
        self, look: Look, answers: Sequence[Answer], parts: Sequence[Part]
    ) -> Answer:
        """Return the answer to a clip, of those to its parts."""
        from experiments.prediction.course import course_over_windows, strip_of

        known = {self.trained.get(medium.sha256) for medium in look.media.values()}
        part = next(iter(known - {None}), "")
        more = notice_length(look.seconds, self.bundle.facts["seconds"])
        if part in LEARNED:
            more += (f"it learned from this very recording (part {part})",)
        answer = answers[0]
        if len(answers) > 1:
            answer, more = _over_windows(look, answers), (*more[1:],)
            timeline = course_over_windows(answers)
            answer = dataclasses.replace(answer, timeline=timeline)
        if answer.timeline and "visual" in answer.used:
            pieces = {p.take: p for part in parts for p in part.pieces["visual"]}
            strip = strip_of(
                [
                    piece
                    for name, piece in pieces.items()
                    if f"visual {name}" not in self.gathering.failed
                ],
                self.gathering.backbones["visual"],
                self.gathering.work / "faces",
            )
            answer = dataclasses.replace(answer, strip=strip)
        warnings = (*answer.warnings, *(() if answer.problem else more))
        return dataclasses.replace(answer, warnings=warnings, part=part)


def _over_windows(look: Look, answers: Sequence[Answer]) -> Answer:
    """Return the mean over windows, each with the system that answered it."""
    some = [answer for answer in answers if not answer.problem]
    covered = [answer.coverage for answer in answers if answer.coverage is not None]
    whole = dataclasses.replace(
        answers[0],
        start=0.0,
        end=look.seconds,
        coverage=float(np.mean(covered)) if covered else None,
        windows=tuple(answers),
        warnings=(),
    )
    if not some:
        return whole
    system = Counter(answer.system for answer in some).most_common(1)[0][0]
    names = dict.fromkeys(name for answer in some for name in answer.probabilities)
    p = {
        name: np.mean(
            [a.probabilities[name] for a in some if name in a.probabilities], axis=0
        )
        for name in names
    }
    p[system] = np.mean(
        [answer.probabilities[answer.system] for answer in some], axis=0
    )
    lacking = Counter(name for answer in answers for name in answer.missing)
    warned = Counter(
        warning.partition(" (")[0] for answer in some for warning in answer.warnings
    )
    n = len(answers)
    return dataclasses.replace(
        whole,
        problem="",
        system=system,
        probabilities={system: p[system], **p},
        used=tuple(dict.fromkeys(name for a in some for name in a.used)),
        missing={m: f"in {count} of {n} windows" for m, count in lacking.items()},
        warnings=tuple(
            f"{said}: in {count} of {n} windows" for said, count in warned.items()
        ),
    )


def _reasons(missing: Mapping[str, str]) -> str:
    """Say in one sentence why nothing can be said."""
    reasons = list(dict.fromkeys(why.rstrip(".") for why in missing.values()))
    return " and ".join(reasons) + "."
