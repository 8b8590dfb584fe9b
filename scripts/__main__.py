"""`emostack COMMAND` and `python -m scripts COMMAND`."""

from scripts.command import main

if __name__ == "__main__":
    raise SystemExit(main())
