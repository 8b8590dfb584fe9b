"""The page: what it shows, what it takes in, what it leaves; in a real browser too."""

import asyncio
import base64
import importlib.util
import re
import socket
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import chromium
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from media import write_tone

from corpus.problem import Problem
from evaluation.limits_of_use import LIMITS
from evaluation.timeline import Timeline
from experiments.app import intake, passing
from experiments.app.guard import Guard
from experiments.app.intake import Limits, shown_name, taken_in
from experiments.app.lanes import bars, lanes, ticks
from experiments.app.page import A_BUG, ask
from experiments.app.passing import passing_folder
from experiments.app.serving import is_loopback, listen
from experiments.app.view import answer_page, bundle_page, head_page, refusal_page
from experiments.bundle.contents import Bundle
from experiments.prediction.answers import Answer, Moment
from scripts.command import main
from visual_features.face_strip import FaceStrip

LABELS = ("anger", "fear", "happiness", "neutral")
EVIL = "<img src=x onerror=alert(1)>.wav"
ROOM = Limits(seconds=5, megabytes=1)
# One black pixel beside another.
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAAAAADRSSBWAAAAC0lEQVR4nGNgAAMAAAcAAZfK2b8AAAAA"
    "SUVORK5CYII="
)
NO_GRADIO = importlib.util.find_spec("gradio") is None


def a_bundle():
    trust = {"accuracy": 0.5, "temperature": 1.0, "after": {"accuracy_of_sure": None}}
    systems = {
        "audio": {"modalities": ["audio"]},
        "visual": {"modalities": ["visual"]},
        "stacked": {"modalities": ["audio", "visual"]},
    }
    facts = {
        **{"name": "demo", "title": "A <title>", "seed": 0, "fold": 0, "folds": 1},
        **{"emostack": "0", "digest": "0123456789abcdef" * 4, "unsure_below": 0.5},
        "labels": LABELS,
        "branches": {"audio": {}, "visual": {}},
        "systems": systems,
        "trust": dict.fromkeys(systems, trust),
        "seconds": {"min": 1.0, "median": 3.0, "max": 4.0},
        "corpora": [{"name": "made up", "takes": 42, "speakers": 1}],
        "limits": ["Synthetic corpus: nobody <spoke>.", *LIMITS],
    }
    return Bundle(Path("bundle"), facts, None)


def said(*shares):
    return np.array(shares)


def an_answer(clip="clip.mp4", *, top=0.7, **changes):
    rest = (1 - top) / 3
    stacked = said(rest, rest, top, rest)
    branches = {"audio": said(0.1, 0.6, 0.2, 0.1), "visual": said(0.3, 0.3, 0.2, 0.2)}
    time = np.array([0.5, 1.0, 2.0])
    course = np.stack([branches["audio"], branches["visual"], stacked])
    moments = (
        Moment(start=0, end=1, sound=0.2, faces=-0.1, both=0.1, becomes="fear"),
        Moment(start=1, end=2, sound=None, faces=0.05, both=0.05, becomes="happiness"),
    )
    given = {
        "clip": clip,
        "end": 2.0,
        "labels": LABELS,
        "system": "stacked",
        "probabilities": {"stacked": stacked, **branches},
        "used": ("audio", "visual"),
        "unsure_below": 0.5,
        "coverage": 0.9,
        "moments": moments,
        "timeline": Timeline(clip, LABELS, {"stacked": time}, {"stacked": course}),
        "strip": FaceStrip(PNG, np.array([0.5, 1.5]), np.array([True, False])),
    }
    return Answer(**given | changes)


class StandIn:
    """Answers at once, and looks at nothing."""

    bundle = a_bundle()

    def __init__(self, answer=an_answer):
        self.answer, self.asked = answer, []

    def predict(self, clips, *, explain, work, show):
        (clip,) = clips
        assert explain and clip.sound.is_file()
        self.asked.append(clip)
        with show.bar("sound", "pieces") as update:
            update(1, 2)
        return [self.answer(clip.name)]


def shown(answer, tmp_path):
    return answer_page(answer, a_bundle(), work=tmp_path)


def test_an_answer_has_all_that_a_reader_needs(tmp_path):
    page = shown(an_answer(warnings=("clipped sound",)), tmp_path)
    words = " ".join(re.sub(r"<[^>]*>", " ", page).replace("&nbsp;", " ").split())
    assert "most like happiness" in words and "70 % confidence" in words
    assert "answered by the stack of sound and faces" in words
    assert "clipped sound" in words and "a face in 90 % of frames" in words
    assert "Posed emotions of actors, not felt ones" in words
    assert "Synthetic corpus." in words
    for name in ("Sound", "Faces", "The stack answers"):
        assert name in words
    assert (
        "Its sound spoke for happiness most from 0.0 to 1.0 s (+20.0 points)" in words
    )
    assert "Without 0.0 to 1.0 s it would say fear." in words
    assert "Sound was taken as a whole" in words
    assert page.count('class="lost"') == 1


def test_an_answer_fetches_nothing(tmp_path):
    page = shown(an_answer(), tmp_path)
    for address in re.findall(r"(?:src|href|url)[=(]\"?([^\")\s]+)", page):
        assert address.startswith("data:"), address
    assert "http" not in re.sub(r"data:[^\"\)]*", "", page)


def test_unsure_is_said_first(tmp_path):
    page = shown(an_answer(top=0.4), tmp_path)
    assert "<strong>unsure</strong>" in page and "happiness at most" in page
    assert "50&nbsp;% are needed" in page


def test_a_branch_that_had_nothing_to_go_by_is_named(tmp_path):
    answer = an_answer(
        system="audio",
        probabilities={"audio": said(0.1, 0.7, 0.1, 0.1)},
        used=("audio",),
        missing={"visual": "no face in any frame"},
        coverage=0.0,
        moments=(),
        timeline=None,
        strip=None,
    )
    page = shown(answer, tmp_path)
    assert "answered by sound alone" in page
    assert "Not used: no face in any frame." in page
    assert "Over time" not in page and "What moved it" not in page


def test_windows_stand_in_a_table(tmp_path):
    parts = [an_answer(start=float(s), end=s + 3.0) for s in range(0, 9, 3)]
    parts[1] = an_answer(start=3.0, end=6.0, problem="it is silent.", system="")
    page = shown(an_answer(windows=tuple(parts), moments=(), end=9.0), tmp_path)
    assert "the mean of 3 windows of up to 3.0 s" in page
    assert "Window by window" in page and "it is silent." in page


def test_names_and_reasons_are_escaped(tmp_path):
    answer = an_answer(EVIL, warnings=("<b>bold</b>",))
    for page in (
        shown(answer, tmp_path),
        shown(an_answer(EVIL, problem="it is <b>bad</b>."), tmp_path),
        refusal_page(EVIL, "it is <b>bad</b>."),
        head_page(a_bundle()),
        bundle_page(a_bundle(), ROOM),
    ):
        assert "<img" not in page and "<b>b" not in page
        assert "<spoke>" not in page and "<title>" not in page


def test_a_refusal_is_one_sentence(tmp_path):
    page = shown(an_answer(problem="it has no sound.", system=""), tmp_path)
    assert "<strong>No answer.</strong> It has no sound." in page
    assert 'role="alert"' in page and "Over time" not in page


def test_the_limits_and_the_bundle_are_told():
    page = bundle_page(a_bundle(), ROOM)
    assert "does not tell what anybody feels" in page and "at work" in page
    assert "5 s and 1 MB" in page and "0123456789abcdef" in page
    assert "guessing gives 25.0" in page


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 12),
    st.floats(0.2, 8000),
    st.lists(st.floats(0.01, 1), min_size=4, max_size=4),
)
def test_lanes_stay_on_the_page(count, end, weights):
    rng = np.random.default_rng(count)
    time = np.linspace(end / count, end, count)
    course = rng.dirichlet(weights, size=count)
    timeline = Timeline("clip", LABELS, {"audio": time}, {"audio": course})
    (lane,) = lanes(timeline, end, answer="fear")
    named = sorted(curve.top for curve in lane.curves if curve.named)
    assert len(named) == 3 and any(c.label == "fear" and c.named for c in lane.curves)
    assert named[0] >= -0.01 and named[-1] <= 100.01
    assert np.diff(named).min() >= 15.9
    for curve in lane.curves:
        points = np.array([p.split(",") for p in curve.points.split()], float)
        assert len(points) == count and (points >= -0.01).all()
        assert (points <= 100.01).all() and (curve.dot is not None) == (count == 1)
    for stretch in lane.ahead:
        assert -0.01 <= stretch.left <= stretch.left + stretch.width <= 100.01
    places = [place for place, _ in ticks(end)]
    assert 1 <= len(places) <= 8 and places[0] == 0 and places[-1] <= 100.01


def test_bars_of_sound_and_faces_have_one_scale():
    moments = an_answer().moments
    (sound,) = bars(moments, "sound", 2.0)
    faces = bars(moments, "faces", 2.0)
    assert (sound.left, sound.width, sound.height, sound.against) == (0, 50, 100, False)
    assert [(bar.height, bar.against) for bar in faces] == [(50, True), (25, False)]


@given(st.text(min_size=1, max_size=300))
def test_a_shown_name_is_one_short_line(name):
    told = shown_name(Path(name.replace("/", "").replace("\0", "") or "x"))
    assert 0 < len(told) <= 60 and told.isprintable()


def test_a_shown_name_hides_nothing():
    assert shown_name(Path("a\u202e3pm.exe.wav")) == "a3pm.exe.wav"
    assert shown_name(Path("Grüße 日本.mp4")) == "Grüße 日本.mp4"
    assert shown_name(Path("x" * 200 + ".mp4")).endswith("xx.mp4")


def test_a_clip_is_taken_in_under_another_name(tmp_path):
    file = write_tone(tmp_path / EVIL, seconds=2)
    (tmp_path / "work").mkdir()
    clip = taken_in(file, tmp_path / "work", ROOM, name="it")
    assert clip.name == "it" and clip.sound == tmp_path / "work" / "clip.wav"
    assert clip.sound.read_bytes() == file.read_bytes()  # which the page plays


@pytest.mark.parametrize(
    ("seconds", "room", "sentence"),
    [
        (6, ROOM, r"it lasts 6 s, and up to 5 s go here"),
        (4, Limits(seconds=5, megabytes=0.2), r"it is too large \(0.4 MB, and up to"),
    ],
)
def test_what_is_too_much_is_refused(tmp_path, seconds, room, sentence):
    file = write_tone(tmp_path / "in" / "a.wav", seconds=seconds)
    with pytest.raises(Problem, match=sentence):
        taken_in(file, tmp_path, room, name="it")


def test_a_header_that_lies_is_not_believed(tmp_path, monkeypatch):
    look_at = intake.look_at

    def lying(clip):
        look = look_at(clip)
        look.media["audio"] = type(look.media["audio"])(
            file=clip.sound, sha256="0", seconds=0.1, stamp=(0, 0)
        )
        return look

    monkeypatch.setattr(intake, "look_at", lying)
    file = write_tone(tmp_path / "in" / "a.wav", seconds=8)
    with pytest.raises(Problem, match="it lasts more than 5 s"):
        taken_in(file, tmp_path, ROOM, name="it")


def handed_in(place, name="a.wav", **options):
    return write_tone(place.handed_in / "0f" / name, **options)


def lying_about(place):
    """What is left in it; Gradio makes an empty file for each that it hands on."""
    every = place.folder.rglob("*")
    return [path for path in every if path.is_file() and path.stat().st_size]


def test_nothing_is_left_of_a_clip():
    system = StandIn()
    with passing_folder() as place:
        assert stat.S_IMODE(place.folder.stat().st_mode) == 0o700
        told = []
        page = ask(
            system,
            str(handed_in(place, EVIL)),
            passing=place,
            limits=ROOM,
            tell=lambda *words: told.append(words),
        )
        assert "most like" in page and "<img" not in page
        assert ((1, 2), "Listening") in told
        assert not lying_about(place)
    assert not place.folder.exists()
    assert system.asked[0].sound.name == "clip.wav"


def broken(clip):
    raise RuntimeError(f"of {clip}")


@pytest.mark.parametrize(
    ("name", "system", "sentence"),
    [
        ("a.txt", StandIn(), "It is no video or sound file"),
        ("a.wav", StandIn(broken), A_BUG[1:]),
        ("a.wav", StandIn(lambda c: an_answer(c, problem="it is odd.")), "It is odd."),
    ],
)
def test_errors_are_one_sentence_and_leave_nothing(name, system, sentence, caplog):
    with passing_folder() as place:
        file = handed_in(place)
        if name == "a.txt":
            file = file.rename(file.with_name(name))
            file.write_text("nothing to hear")
        page = ask(system, str(file), passing=place, limits=ROOM)
        assert sentence in page and "Traceback" not in page
        assert str(place.folder) not in page
        assert not lying_about(place)
    assert ("RuntimeError" in caplog.text) == (system.answer is broken)


def test_other_files_of_this_machine_are_not_touched(tmp_path):
    mine = write_tone(tmp_path / "mine.wav", seconds=1)
    with passing_folder() as place:
        (place.handed_in / "link.wav").symlink_to(mine)
        for named in (
            str(mine),
            str(place.handed_in / ".." / ".." / mine.name),
            str(place.handed_in / "link.wav"),
            "",
            None,
        ):
            page = ask(StandIn(), named, passing=place, limits=ROOM)
            assert "It did not arrive" in page
    assert mine.is_file()


def test_what_was_never_asked_about_goes_in_time():
    with passing_folder() as place:
        file = handed_in(place)
        place.sweep()
        assert file.is_file()
        place.sweep(older=-1)
        assert not lying_about(place)


def test_what_a_killed_page_left_goes_with_the_next(tmp_path, monkeypatch):
    monkeypatch.setattr(passing.tempfile, "gettempdir", lambda: str(tmp_path))
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    left = tmp_path / f"emostack-app-{ended.pid}-x"
    living = tmp_path / "emostack-app-1-x"
    other = tmp_path / "emostack-app-notes"
    for folder in (left, living, other):
        (folder / "in").mkdir(parents=True)
    with passing_folder():
        assert not left.exists() and living.exists() and other.exists()


def asked(app, method="GET", **headers):
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "http.request", "body": b""}

    named = [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
    scope = {"type": "http", "method": method, "headers": named, "path": "/"}
    asyncio.run(app(scope, receive, send))
    body = b"".join(message.get("body", b"") for message in sent)
    return sent[0]["status"], dict(sent[0]["headers"]), body.decode()


@pytest.fixture
def guarded():
    async def app(scope, receive, send):
        headers = [(b"content-type", b"text/html"), (b"content-length", b"999")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for body, more in (
            (b'<head><meta property="og:image"\ncontent="https://els', True),
            (b'ewhere.example/a.jpg" /></head>hello', False),
        ):
            await send({"type": "http.response.body", "body": body, "more_body": more})

    return Guard(app, most=1000)


def test_a_page_names_no_other_host(guarded):
    status, headers, body = asked(guarded)
    assert (status, body) == (200, "<head></head>hello")
    assert headers[b"content-length"] == b"18"
    assert b"connect-src 'self'" in headers[b"content-security-policy"]
    assert headers[b"cache-control"] == b"no-store"


def test_what_is_too_large_or_from_elsewhere_is_not_read(guarded):
    room = str(1000 + 1_000_000)
    assert asked(guarded, "POST", content_length=room)[0] == 200
    assert asked(guarded, "POST", content_length=f"{room}0")[0] == 413
    assert asked(guarded, "POST")[0] == 413
    ours = {"content_length": "1", "host": "127.0.0.1:1"}
    assert asked(guarded, "POST", **ours, origin="http://127.0.0.1:1")[0] == 200
    for origin in ("http://elsewhere.example", "http://127.0.0.1:2", "null"):
        assert asked(guarded, "POST", **ours, origin=origin)[0] == 403


@pytest.mark.parametrize(
    ("host", "alone"),
    [
        *((host, True) for host in ("127.0.0.1", "localhost", "::1", "127.1.2.3")),
        *((host, False) for host in ("0.0.0.0", "::", "192.168.1.4", "example.org")),
    ],
)
def test_which_addresses_are_of_this_machine_alone(host, alone):
    assert is_loopback(host) is alone


def test_a_port_that_is_taken():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(Problem, match=r"already in use.*name another --port"):
            listen("127.0.0.1", other.getsockname()[1])


def test_without_gradio_one_sentence_says_how_to_have_it(monkeypatch, capsys):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert main(["app", "--system", "nowhere"]) == 4
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "pip install 'emostack[app]'" in error


@pytest.fixture
def address(tmp_path, monkeypatch):
    """A page that is served, and where its clips arrive."""
    from experiments.app.serving import application, server_of

    sock = listen("127.0.0.1", 0)
    with sock, passing_folder() as place:
        app = application(StandIn(), host="127.0.0.1", passing=place, limits=ROOM)
        server = server_of(app)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [sock]})
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.05)
        try:
            yield f"http://127.0.0.1:{sock.getsockname()[1]}", place
        finally:
            server.should_exit = True
            thread.join()


INPUT = "#file input[type=file]"
SAID = "document.querySelector('#answer article')?.innerText"


@pytest.mark.slow
@pytest.mark.skipif(NO_GRADIO, reason="no gradio; pip install 'emostack[app]'")
@pytest.mark.skipif(
    not chromium.found(), reason="no Chromium; name one in EMOSTACK_CHROMIUM"
)
def test_in_a_real_browser(address, tmp_path):
    home, place = address
    with chromium.browser(chromium.found(), tmp_path / "profile") as tab:
        tab.resize(1000)
        tab.open(home)
        tab.until(f"document.querySelector('{INPUT}') && 1")
        assert "Which posed emotion" in tab.evaluate("document.body.innerText")

        tab.hand_in(INPUT, write_tone(tmp_path / EVIL, seconds=2))
        told = tab.until(SAID)
        assert "happiness" in told and "onerror=alert(1)" in told
        assert tab.evaluate("document.querySelector('#answer img')") is None
        assert tab.until("document.activeElement.id == 'said'")
        assert tab.evaluate("document.querySelectorAll('#answer .card').length") == 3
        tab.until(f"document.querySelector('{INPUT}') && 1")

        for width, dark in ((1000, False), (400, True)):
            tab.resize(width, dark=dark)
            wide = tab.until("document.documentElement.scrollWidth")
            assert wide <= width, f"{wide} wide on a screen of {width}"

        (tmp_path / "notes.txt").write_text("nothing to hear")
        tab.hand_in(INPUT, tmp_path / "notes.txt")
        tab.until(f"{SAID}.includes('notes.txt')")
        assert "It is no video or sound file" in tab.evaluate(SAID)

        tab.until(f"document.querySelector('{INPUT}') && 1")
        tab.hand_in(INPUT, write_tone(tmp_path / "long.wav", seconds=6))
        tab.until(f"{SAID}.includes('long.wav')")
        assert "It lasts 6 s, and up to 5 s go here" in tab.evaluate(SAID)

        tab.until(f"document.querySelector('{INPUT}') && 1")
        tab.hand_in(INPUT, write_tone(tmp_path / "large.wav", seconds=15))
        tab.until("document.querySelector('.toast-body')?.innerText.includes('large')")

        outside = [
            url
            for url in tab.requested
            if not url.startswith((home, "data:", "blob:", "about:"))
        ]
        assert not outside and len(tab.requested) > 20
        assert not tab.said, tab.said
        assert not lying_about(place)
        unnamed = tab.evaluate(
            "[...document.querySelectorAll('button, input, a')].filter(e => "
            "e.checkVisibility() && !(e.innerText || e.title || e.ariaLabel || "
            "e.labels?.length || e.type == 'file')).map(e => e.outerHTML)"
        )
        assert not unnamed, unnamed
