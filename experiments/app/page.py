"""The page: a place to drop or record a clip, and what is said of it."""

import contextlib
import importlib.resources
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from corpus.problem import Problem
from experiments.app.intake import Limits, shown_name, taken_in
from experiments.app.passing import STALE_SECONDS, Passing
from experiments.app.view import answer_page, bundle_page, head_page, refusal_page
from experiments.prediction.clips import of_it
from experiments.prediction.system import System

__all__ = ["Progress", "ask", "page", "style"]

log = logging.getLogger(__name__)

WAITING = 8  # clips in line, at most: they are answered one by one
STAGES = {
    "look": "Looking at the clip",
    "sound": "Listening",
    "faces": "Looking for faces",
}
A_BUG = "something went wrong here that is not your fault; the terminal says what."
# To the answer, for eyes and for screen readers.
SHOW_ANSWER = """() => requestAnimationFrame(() => {
  const said = document.querySelector("#answer [tabindex='-1']");
  if (!said) return;
  said.focus({preventScroll: true});
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  said.closest("article").scrollIntoView({behavior: calm ? "auto" : "smooth"});
})"""


class Progress:
    """Shows a page how far an answer is; see `experiments.show.Show`.

    Args:
        tell: Called with (done, total) and words.
    """

    def __init__(self, tell: Callable[..., Any]) -> None:
        self._tell = tell

    def say(self, text: str) -> None:
        """Say nothing: a page has no lines of a log."""

    @contextlib.contextmanager
    def bar(self, stage: str, unit: str = "takes") -> Iterator[Callable[..., None]]:
        """Show one stage; yields `update(done, total, note="")`."""
        words = STAGES.get(stage, stage)
        self._tell(None, words)
        yield lambda done, total, note="": self._tell((done, total), words)


def ask(
    system: System,
    file: str | None,
    *,
    passing: Passing,
    limits: Limits,
    name: str = "",
    tell: Callable[..., Any] = lambda share, words: None,
) -> str:
    """Ask about a clip that was handed in; return what the page shows.

    Whatever comes of it, the clip is gone afterwards.

    Args:
        system: Who answers.
        file: Where it arrived.
        passing: Where that must be.
        limits: What it may be.
        name: What the page calls it; by default as its file is called.
        tell: See `Progress`.
    """
    handed_in = Path(file or "")
    name = name or shown_name(handed_in)
    if not file or not passing.holds(handed_in):
        log.warning("asked about a file that was not handed in")
        return refusal_page("a clip", "it did not arrive; drop it here once more.")
    try:
        with passing.work() as work:
            clip = taken_in(handed_in, work, limits, name=name)
            (answer,) = system.predict(
                [clip], explain=True, work=work / "embeddings", show=Progress(tell)
            )
            tell(None, "Drawing")
            return answer_page(answer, system.bundle, work=work)
    except Problem as problem:
        return refusal_page(name, of_it(handed_in, str(problem)))
    except Exception:
        log.exception("no answer to a clip")
        return refusal_page(name, A_BUG)
    finally:
        passing.forget(handed_in)
        passing.sweep()


def page(system: System, *, passing: Passing, limits: Limits) -> Any:
    """Return the page, a `gradio.Blocks`.

    Args:
        system: Who answers.
        passing: Where clips arrive.
        limits: What they may be.
    """
    import gradio

    def answers_to(name: str) -> Callable[..., Any]:
        def answered(file: str | None, progress=gradio.Progress()):  # noqa: B008
            if file is None:  # that was us, clearing it
                return gradio.skip(), gradio.skip()

            def tell(share: Any, words: str) -> None:
                progress(share, desc=words)

            room = {"passing": passing, "limits": limits}
            return ask(system, file, name=name, tell=tell, **room), None

        return answered

    blocks = gradio.Blocks(
        title="emostack",
        analytics_enabled=False,
        delete_cache=(60, int(STALE_SECONDS)),
    )
    with blocks:
        gradio.HTML(head_page(system.bundle), apply_default_css=False)
        with gradio.Tabs(elem_id="ways"):
            with gradio.Tab("A file"):
                file = gradio.File(
                    label=f"Video or sound, {limits.said} at most",
                    height=150,
                    elem_id="file",
                )
            with gradio.Tab("Camera"):
                camera = gradio.Video(
                    label=f"Camera, {limits.said} at most",
                    sources=["webcam"],
                    include_audio=True,
                    # Else it would be turned round, and coded anew.
                    webcam_options=gradio.WebcamOptions(mirror=False),
                    height=320,
                    elem_id="camera",
                )
            with gradio.Tab("Microphone"):
                microphone = gradio.Audio(
                    label=f"Microphone, {limits.said} at most",
                    sources=["microphone"],
                    type="filepath",
                    editable=False,
                    elem_id="microphone",
                )
        result = gradio.HTML(
            "", elem_id="answer", apply_default_css=False, min_height=0
        )
        gradio.HTML(bundle_page(system.bundle, limits), apply_default_css=False)
        for source, event, name in (
            (file, file.upload, ""),
            (camera, camera.change, "Your recording"),
            (microphone, microphone.change, "Your recording"),
        ):
            event(
                answers_to(name),
                [source],
                [result, source],
                show_progress="full",
                show_progress_on=result,
                concurrency_limit=1,
                concurrency_id="answers",
                api_visibility="private",
            ).then(None, js=SHOW_ANSWER)
    return blocks.queue(max_size=WAITING, default_concurrency_limit=1)


def style() -> str:
    """Return the page's style sheet."""
    templates = importlib.resources.files("evaluation") / "templates"
    return (templates / "app.css").read_text(encoding="utf-8")
