import pytest

from embeddings import devices


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("flags\t\t: fpu avx512f avx512_bf16 amx_bf16 amx_tile\n", "AMX"),
        ("processor: 0\nflags\t: fpu avx512_bf16\n", "AVX512-BF16"),
        ("Features\t: fp asimd bf16\n", "ARM's BF16"),
        ("flags\t\t: fpu avx2\n", ""),
        ("processor\t: 0\n", None),
    ],
)
def test_units_by_flags(tmp_path, monkeypatch, text, name):
    file = tmp_path / "cpuinfo"
    file.write_text(text)
    monkeypatch.setattr(devices, "CPUINFO", file)
    assert devices.bfloat16_units() == name


def test_a_system_that_does_not_tell(tmp_path, monkeypatch):
    monkeypatch.setattr(devices, "CPUINFO", tmp_path / "none")
    assert devices.bfloat16_units() is None
