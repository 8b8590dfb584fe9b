r"""Open a local web page that says which posed emotion a clip is most like.

A clip is dropped or recorded there; the page shows what sound, faces and the stack of
both say of it over time, what spoke for that, and the limits of the system.

Examples:
  emostack app --system artifacts/runs/mine/bundle
  emostack app --system bundle.zip --port 8000 --max-seconds 60 --max-mb 50

It needs Gradio: pip install 'emostack[app]'. Only this machine can reach the page,
unless --host names another address: anyone who reaches that can use it. A clip is
deleted once it is answered; the page fetches nothing from elsewhere. Ctrl-C stops it.
"""

import argparse
import contextlib

from scripts.command import run_command
from scripts.console import of
from scripts.options import add_artifacts
from scripts.predict import add_networks, add_system, system_of

PORT = 7860  # as all of Gradio's pages


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    add_system(parser)
    group = parser.add_argument_group("the page")
    group.add_argument(
        "--host",
        default="127.0.0.1",
        help="address to listen on (default: 127.0.0.1, this machine alone)",
    )
    group.add_argument(
        "--port",
        type=_port,
        default=PORT,
        metavar="N",
        help=f"port to listen on, 0 for any that is free (default: {PORT})",
    )
    group = parser.add_argument_group("what a clip may be")
    group.add_argument(
        "--max-seconds",
        type=_above_0,
        default=120.0,
        metavar="S",
        help="how long, at most (default: 120)",
    )
    group.add_argument(
        "--max-mb",
        type=_above_0,
        default=100.0,
        metavar="M",
        help="how large, at most, in megabytes (default: 100)",
    )
    group = parser.add_argument_group("work")
    add_networks(group)
    add_artifacts(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit code."""
    from experiments.app.serving import check_gradio, is_loopback, serve

    check_gradio()
    from experiments.app.intake import Limits

    show = of(args)
    system = system_of(args)
    if not is_loopback(args.host):
        show.say(
            f"WARNING: {args.host} can be reached from other machines: whoever reaches "
            f"this page can use it, and what they send is not encrypted (browsers give "
            f"no camera or microphone to such a page)."
        )
    for limit in system.limits:
        show.say(f"note: {limit}")

    def ready(address: str) -> None:
        show.say(
            f"{system.bundle.facts['name']} answers at {address} (Ctrl-C stops it)"
        )

    limits = Limits(seconds=args.max_seconds, megabytes=args.max_mb)
    with contextlib.suppress(KeyboardInterrupt):  # as it is meant to be stopped
        serve(system, host=args.host, port=args.port, limits=limits, ready=ready)
    show.say("stopped; no clip was kept.")
    return 0


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port from 0 to 65535")
    return int(text)


def _above_0(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0")
    return number


if __name__ == "__main__":
    raise SystemExit(run_command("app"))
