"""TF-Hub's handles: the folder of a SavedModel, cached or fetched."""

from pathlib import Path

from corpus.download import offline
from corpus.problem import Problem
from embeddings.weights.places import hub_cache

__all__ = ["hub_folder", "is_handle"]


def is_handle(file: str) -> bool:
    """Say whether a file is named by an address, "https://tfhub.dev/google/yamnet/1"."""
    return file.startswith(("https://", "http://"))


def hub_folder(handle: str) -> Path:
    """Return the folder of a handle's SavedModel, fetched at first use.

    Args:
        handle: An address that TF-Hub's library resolves.

    Raises:
        Problem: If it is not in TF-Hub's cache and cannot be fetched, or
            `EMOSTACK_OFFLINE` forbids it.
    """
    folder = hub_cache(handle)
    if (folder / "saved_model.pb").is_file():
        return folder
    advice = "fetch it where there is a network, and give the folder as the `file`."
    if not handle.startswith("https://"):
        raise Problem(f"{handle} is no https address; {advice}")
    if offline():
        raise Problem(
            f"{handle} is not in TF-Hub's cache ({folder.parent}), and "
            f"EMOSTACK_OFFLINE forbids fetching it; {advice}"
        )
    import tensorflow_hub

    try:
        return Path(tensorflow_hub.resolve(handle))
    except Exception as error:  # of the network, the disk, or what came back
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise Problem(
            f"{handle} cannot be fetched ({lines[0].rstrip('.')}); {advice}"
        ) from error
