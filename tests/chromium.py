"""A real browser for tests: Chromium without a window, spoken to over a pipe."""

import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
import time
from base64 import b64decode
from itertools import count

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe"),
    *("--no-first-run", "--disable-extensions", "--disable-background-networking"),
    *("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"),
)
# It reads its orders from descriptor 3, and answers on 4.
LAUNCH = """
import fcntl, os, sys
high = [fcntl.fcntl(int(one), fcntl.F_DUPFD, 10) for one in sys.argv[1:3]]
for ours, its in zip(high, (3, 4)):
    os.dup2(ours, its)
os.execv(sys.argv[3], sys.argv[3:])
"""


def found():
    """Return the browser's program, or None."""
    named = os.environ.get("EMOSTACK_CHROMIUM")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


@contextlib.contextmanager
def browser(program, folder):
    """Start a browser whose profile is in a folder; yields a `Tab`."""
    orders, ours = os.pipe()
    answers, its = os.pipe()
    command = [program, *FLAGS, f"--user-data-dir={folder}", "about:blank"]
    process = subprocess.Popen(
        [sys.executable, "-c", LAUNCH, str(orders), str(its), *command],
        pass_fds=(orders, its),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(orders)
    os.close(its)
    try:
        yield Tab(ours, answers)
    finally:
        process.kill()
        process.wait()
        os.close(ours)
        os.close(answers)


class Tab:
    """The only page of a browser; `requested` has all addresses that it asked for."""

    def __init__(self, ours, answers):
        self.ours, self.answers = ours, answers
        self.numbers, self.read, self.requested, self.said = count(1), b"", [], []
        self.session = None
        target = self("Target.createTarget", url="about:blank")["targetId"]
        found = self("Target.attachToTarget", targetId=target, flatten=True)
        self.session = found["sessionId"]
        for domain in ("Page", "Runtime", "Network", "DOM", "Log"):
            self(f"{domain}.enable")

    def __call__(self, method, **params):
        """Give an order; return its result."""
        number = next(self.numbers)
        order = {"id": number, "method": method, "params": params}
        if self.session:
            order["sessionId"] = self.session
        os.write(self.ours, json.dumps(order).encode() + b"\0")
        while True:
            told = self._next()
            if told.get("id") == number:
                assert "error" not in told, (method, told["error"])
                return told["result"]

    def _next(self, patience=60.0):
        while b"\0" not in self.read:
            ready, _, _ = select.select([self.answers], [], [], patience)
            assert ready, "the browser says nothing any more"
            some = os.read(self.answers, 1 << 16)
            assert some, "the browser has ended"
            self.read += some
        one, _, self.read = self.read.partition(b"\0")
        told = json.loads(one)
        if told.get("method") == "Network.requestWillBeSent":
            self.requested.append(told["params"]["request"]["url"])
        if told.get("method") == "Runtime.exceptionThrown":
            self.said.append(told["params"]["exceptionDetails"]["text"])
        return told

    def evaluate(self, script):
        """Run a script in the page; return its value."""
        found = self(
            "Runtime.evaluate",
            expression=script,
            returnByValue=True,
            awaitPromise=True,
            userGesture=True,
        )
        assert "exceptionDetails" not in found, (script, found)
        return found["result"].get("value")

    def until(self, script, *, seconds=60.0):
        """Wait until a script gives something true; return it."""
        end = time.monotonic() + seconds
        while not (value := self.evaluate(script)):
            assert time.monotonic() < end, f"never true: {script}"
            time.sleep(0.2)
        return value

    def open(self, address):
        """Go to an address."""
        self("Page.navigate", url=address)

    def resize(self, width, height=900, *, dark=False):
        """Make the page so large, in pixels, and light or dark."""
        self(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self("Emulation.setEmulatedMedia", features=[scheme])

    def hand_in(self, selector, file):
        """Choose a file in an input of the page."""
        root = self("DOM.getDocument")["root"]["nodeId"]
        node = self("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self("DOM.setFileInputFiles", nodeId=node, files=[str(file)])

    def picture(self, file, *, whole=True):
        """Write what is seen, or all of the page, as a PNG."""
        found = self("Page.captureScreenshot", captureBeyondViewport=whole)
        file.write_bytes(b64decode(found["data"]))
