"""The scripts of docs/gpu.md, run with stand-ins for the GPU tools."""

import os
import re
import shlex
import stat
import subprocess
from pathlib import Path

import pytest

from scripts.command import parser_of

PAGE = Path(__file__).resolve().parents[1] / "docs" / "gpu.md"
BLOCKS = re.findall(r"```sh\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)


def block(first_words):
    (found,) = [text for text in BLOCKS if first_words in text]
    return found


@pytest.fixture
def tools(tmp_path):
    """Stand-ins that write down how they were called, in a folder for PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()

    def make(name, body):
        (folder / name).write_text(f"#!/bin/sh\n{body}\n")
        (folder / name).chmod(stat.S_IRWXU)

    calls = tmp_path / "calls"
    make(
        "emostack",
        f'echo "GPU=${{CUDA_VISIBLE_DEVICES-}} $*" >> {calls}\n'
        'case "$*" in *"--shard 1/"*) exit 3;; esac',
    )
    make("nvidia-smi", "printf 'GPU 0: a\\nGPU 1: b\\nGPU 2: c\\n'")
    make("nproc", "echo 16")
    make("srun", 'exec "$@"')

    def run(script, *args, **variables):
        environment = {
            key: value for key, value in os.environ.items() if "CUDA" not in key
        }
        environment |= {"PATH": f"{folder}:{os.environ['PATH']}", **variables}
        (tmp_path / "script").write_text(script)
        ran = subprocess.run(
            ["sh", "script", *args], cwd=tmp_path, env=environment, check=False
        )
        return ran.returncode, calls.read_text().splitlines()

    return run


def parsed(call):
    name, *rest = shlex.split(call.partition(" ")[2])
    return parser_of(name).parse_args(rest)


def test_every_gpu_gets_its_shard_and_a_failed_one_shows(tools):
    status, calls = tools(block("# extract.sh"), "/data/my corpus")
    assert status == 3  # the stand-in fails on shard 1
    index, sound, *shards = calls
    assert index.startswith("GPU= index --data /data/my corpus")
    assert "extract-audio" in sound
    assert sorted(call.split()[0] for call in shards) == ["GPU=0", "GPU=1", "GPU=2"]
    for call in shards:
        args = parsed(call)
        number = int(call.split()[0].removeprefix("GPU="))
        assert args.shard == (number, 3)
        assert args.workers == 6  # 16 cores for 3 processes, rounded up


def test_an_array_task_does_its_shard_of_both(tools, tmp_path):
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "activate").write_text("")
    status, calls = tools(
        block("#SBATCH"),
        SLURM_SUBMIT_DIR=str(tmp_path),
        SLURM_ARRAY_TASK_ID="1",
        SLURM_ARRAY_TASK_COUNT="8",
        SLURM_CPUS_PER_TASK="4",
    )
    assert status == 3  # told, after both were done
    assert [parsed(call).shard for call in calls] == [(1, 8), (1, 8)]
    assert [parsed(call).workers for call in calls] == [4, 4]


def test_what_is_extracted_is_what_the_recipe_looks_for():
    from embeddings.registry import create
    from experiments.recipe_file import load_recipe

    settings = {
        profile: dict(pair.split("=") for pair in re.findall(r"--set (\S+)", text))
        for profile, text in {
            "corrected": block("# extract.sh"),
            "paper": block("jpeg_passes"),
        }.items()
    }
    for profile, chosen in settings.items():
        chosen = {k: int(v) if v.isdigit() else v for k, v in chosen.items()}
        branch = load_recipe("thesis", profile=profile).visual
        mine = create(branch.backbone, weights="random:0", **chosen)
        recipes = create(branch.backbone, weights="random:0", **branch.settings)
        assert mine.spec.key == recipes.spec.key


def test_every_plain_command_is_one():
    lines = re.findall(r"^ *emostack ([^$\n]*)$", "\n".join(BLOCKS), flags=re.MULTILINE)
    assert len(lines) >= 5
    for line in lines:
        name, *rest = shlex.split(line.rstrip('"'), comments=True)
        parser_of(name).parse_args(rest)
