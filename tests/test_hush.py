"""TensorFlow starts silently, and what fails is still told."""

import subprocess
import sys


def run(code):
    code = f"from scripts.hush import hush_tensorflow\nhush_tensorflow()\n{code}"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)


def test_tensorflow_says_nothing_and_the_rest_is_heard():
    done = run("import sys, tensorflow\nprint('afterwards', file=sys.stderr)")
    assert done.returncode == 0
    assert done.stderr == "afterwards\n"


def test_what_fails_is_told(tmp_path):
    (tmp_path / "tensorflow.py").write_text("import os; os.write(2, b'why'); 1 / 0")
    done = run(f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import tensorflow")
    assert done.returncode == 1
    assert done.stderr.startswith("why")
    assert "ZeroDivisionError" in done.stderr
