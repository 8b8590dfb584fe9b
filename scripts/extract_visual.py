"""Find the faces of an index' takes and embed them with frozen backbones.

Decoding and face detection are paid once, however many backbones are named, and kept
in the face store for those that come later.

Examples:
  emostack extract-visual --index artifacts/index --backbones vgg16.imagenet
  emostack extract-visual --index artifacts/index --set scaling=unit --shard 0/4
  emostack extract-visual --index artifacts/index --fast --profile where.json
"""

import argparse

from scripts.command import run_command
from scripts.extract_audio import add_extraction, run_extraction


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    add_extraction(parser, default="vgg16.imagenet")


def run(args: argparse.Namespace) -> int:
    """Run the command; return its exit code."""
    return run_extraction(args, "visual")


if __name__ == "__main__":
    raise SystemExit(run_command("extract-visual"))
