"""Processes that work beside the one that asked for them."""

import subprocess
import sys

SCRIPT = """
import operator
print("run")
from console.spawned import lean_pool
with lean_pool(2, print, "begun") as pool:
    print(sum(pool.map(operator.neg, [1, 2, 3])))
"""


def test_a_script_needs_no_guard_and_is_run_once(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.split()
    assert lines.count("run") == 1
    assert "-6" in lines
    assert "begun" in lines
