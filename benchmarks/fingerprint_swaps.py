"""How many swapped fingerprints the check words show, of a thousand calls with somebody in between.

The page's own code speaks for both people and for whoever sits between them, in Node.
"""

import json
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.leash import end_together

COMMAND = "python -m benchmarks.fingerprint_swaps"
WEB = Path(__file__).parent.parent / "web"
_TEST = "src/together/check-words.test.ts"


def figures() -> list[dict[str, Any]]:
    """One figure: swaps that were seen."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "swaps.json"
        subprocess.run(
            ["npx", "vitest", "run", _TEST, "--reporter=json", f"--outputFile={out}"],
            cwd=WEB,
            check=True,
            capture_output=True,
        )
        told = json.loads(out.read_text("utf-8"))
    tests = [one for file in told["testResults"] for one in file["assertionResults"]]
    counts = next(one["meta"] for one in tests if "swaps" in one["meta"])
    return [
        {
            "figure": "fingerprint swaps",
            "unit": "seen",
            "ours": counts["noticed"],
            "beside": "",
            "beside_value": None,
            "ratio": None,
            "goal": f"{counts['swaps']} of {counts['swaps']}",
            "holds": counts["noticed"] == counts["swaps"],
            "command": COMMAND,
            "seed": None,
            "n": counts["swaps"],
            "seconds": round(time.monotonic() - began, 1),
        }
    ]


if __name__ == "__main__":
    end_together()
    print(json.dumps(figures(), indent=1))
