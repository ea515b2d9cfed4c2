"""Runs every figure, prints one table, and writes `benchmarks/out/figures.json`.

python -m benchmarks [--small] [--chaos] [--only NAME ...]
python -m benchmarks --table     measures nothing: shows what the list holds

Each measurement has a process and a time limit of its own, and takes all that it started with it.
What cannot be measured is a row with its reason, and the next one begins. Ctrl-C ends it with the
table of what was measured.
"""

import argparse
import contextlib
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from rich.console import Console
from rich.table import Table

FIGURES = (
    "signalling",
    "booking_rush",
    "booking_random",
    "join_time",
    "fallback_time",
    "candidate_weight",
    "call_smooth",
    "thin_line",
    "camera_off",
    "fingerprint_swaps",
    "rules",
    "wall_time",
    "free_times",
    "addresses",
    "recurrence",
    "hostile_ics",
    "stand_in",
    "calendar_peers",
    "calendar_scale",
    "practice",
)
CHAOS = (
    "kill",
    "network_chaos",
    "malformed_frames",
    "trajectories",
    "booking_histories",
    "booking_steps",
    "calendar_quarters",
    "clock_skew",
    "calendar_flaps",
    "hostile_servers",
    "mail_storm",
    "looked_at",
    "channel_flood",
    "blur",
    "webkit_pages",
    "practice_firefox",
    "fresh_clone",
)
