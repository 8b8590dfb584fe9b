"""What Keras computes on: an accelerator, or a processor with which units."""

from pathlib import Path

__all__ = ["bfloat16_units", "sees_accelerator"]

CPUINFO = Path("/proc/cpuinfo")

# By Linux' names for them, the fastest first.
UNITS = {"amx_bf16": "AMX", "avx512_bf16": "AVX512-BF16", "bf16": "ARM's BF16"}


def bfloat16_units() -> str | None:
    """Return the name of the processor's fastest units for bfloat16.

    Returns:
        A value of `UNITS`; "" where there are none; None where the system does not tell
        (outside Linux).
    """
    try:
        lines = CPUINFO.read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        name, _, value = line.partition(":")
        if name.strip() in ("flags", "Features"):
            has = set(value.split())
            return next((title for flag, title in UNITS.items() if flag in has), "")
    return None


def sees_accelerator() -> bool:
    """Say whether Keras' backend sees a GPU or TPU; imports it."""
    import keras

    if keras.config.backend() == "torch":
        import torch

        return torch.cuda.is_available() or torch.backends.mps.is_available()
    return any(not name.startswith("cpu") for name in keras.distribution.list_devices())
