"""Import the heavy libraries and say what they see; a process of its own for `doctor`.

A broken install may end the process that imports it (a missing instruction set does),
or hang. So each answer is printed the moment it is known, and whoever started this
reads as far as it came.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["ANSWERS", "answers_in"]

MARK = "emostack-probe "


def _tensorflow() -> dict[str, Any]:
    import tensorflow as tf

    gpus = [
        tf.config.experimental.get_device_details(gpu).get("device_name", gpu.name)
        for gpu in tf.config.list_physical_devices("GPU")
    ]
    return {
        "version": tf.__version__,
        "cuda": tf.test.is_built_with_cuda(),
        "gpus": gpus,
    }


def _keras() -> dict[str, Any]:
    import keras

    return {"version": keras.__version__, "backend": keras.backend.backend()}


def _tensorflow_hub() -> dict[str, Any]:
    import tensorflow_hub

    return {"version": tensorflow_hub.__version__}


ANSWERS: dict[str, Callable[[], dict[str, Any]]] = {
    "tensorflow": _tensorflow,
    "keras": _keras,
    "tensorflow_hub": _tensorflow_hub,
}


def answers_in(output: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return the answers among whatever else was printed.

    Each is what its library told, or {"error": "..."}.
    """
    for line in output.splitlines():
        if line.startswith(MARK):
            yield tuple(json.loads(line.removeprefix(MARK)))


def _main() -> None:
    for library, ask in ANSWERS.items():
        try:
            answer = ask()
        except Exception as error:  # whatever a broken install raises on import
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(MARK + json.dumps([library, answer]), flush=True)


if __name__ == "__main__":
    _main()
