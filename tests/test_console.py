"""What is said on the screen and in the log file."""

import io
import logging

import pytest
from rich.console import Console

from scripts import console
from scripts.console import Terminal


@pytest.fixture
def clock(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(console.time, "monotonic", lambda: now[0])
    return now


def test_speed_counts_only_what_was_done_now(clock, caplog):
    screen = io.StringIO()
    with Terminal(Console(file=screen)).bar("extract") as update:
        clock[0] = 1.0
        update(81, 100)  # 80 were in the store
        clock[0] = 10.0
        update(90, 100)
    assert "90/100 takes  (1.0/s, 10 s left)" in " ".join(screen.getvalue().split(" "))


def test_a_quiet_screen_leaves_progress_to_the_log(clock, caplog):
    screen = io.StringIO()
    with (
        caplog.at_level(logging.INFO),
        Terminal(Console(file=screen), bars=False).bar("extract") as update,
    ):
        clock[0] = 10.0
        update(10, 20)
    assert screen.getvalue() == ""
    assert "10/20 takes" in caplog.text


def test_what_is_said_is_logged(caplog):
    screen = io.StringIO()
    with caplog.at_level(logging.INFO):
        Terminal(Console(file=screen)).say("failed: [take] 7")
    assert screen.getvalue() == "failed: [take] 7\n"
    assert "failed: [take] 7" in caplog.text
