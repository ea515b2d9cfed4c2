"""A clock that is wrong for the processes that are started with it, by the C library itself.

A few lines of C stand between a process and the kernel: they say another time of day, and leave
alone the clock that only goes forward. Whoever asks needs a compiler: `cc`.
"""

import mmap
import struct
import subprocess
from pathlib import Path

from tests.servers import needed

_SHIM = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
static int (*real)(clockid_t, struct timespec *);
static volatile double *ahead;
static void begin(void) {
  real = dlsym(RTLD_NEXT, "clock_gettime");
  const char *path = getenv("CLOCK_AHEAD");
  int file = path ? open(path, O_RDONLY) : -1;
  void *seen = file < 0 ? MAP_FAILED : mmap(0, sizeof(double), PROT_READ, MAP_SHARED, file, 0);
  if (seen != MAP_FAILED) ahead = seen;
}
int clock_gettime(clockid_t which, struct timespec *found) {
  if (!real) begin();
  int failed = real(which, found);
  if (!failed && ahead && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) {
    double whole = floor(*ahead);
    found->tv_sec += (time_t)whole;
    found->tv_nsec += (long)((*ahead - whole) * 1e9);
    if (found->tv_nsec >= 1000000000L) { found->tv_nsec -= 1000000000L; found->tv_sec++; }
  }
  return failed;
}
int gettimeofday(struct timeval *found, void *zone) {
  struct timespec seen;
  int failed = clock_gettime(CLOCK_REALTIME, &seen);
  found->tv_sec = seen.tv_sec;
  found->tv_usec = seen.tv_nsec / 1000;
  return failed;
}
time_t time(time_t *found) {
  struct timespec seen;
  clock_gettime(CLOCK_REALTIME, &seen);
  if (found) *found = seen.tv_sec;
  return seen.tv_sec;
}
"""


class WrongClock:
    """A clock that is so many seconds ahead for the processes that are started with `env`."""

    def __init__(self, folder: Path, shim: Path, name: str) -> None:
        path = folder / f"ahead-{name}"
        path.write_bytes(struct.pack("d", 0.0))
        with path.open("r+b") as file:
            self._seen = mmap.mmap(file.fileno(), 8)
        self.env = {"LD_PRELOAD": str(shim), "CLOCK_AHEAD": str(path)}

    def be_ahead(self, seconds: float) -> None:
        """From now on."""
        self._seen[:8] = struct.pack("d", seconds)


def compiled_shim(folder: Path) -> Path:
    """The library that `WrongClock` puts before a process, made in `folder`."""
    compiler = needed("cc", package="gcc")
    source, made = folder / "ahead.c", folder / "ahead.so"
    source.write_text(_SHIM)
    command = [compiler, "-O1", "-shared", "-fPIC", "-o", made, source, "-ldl", "-lm"]
    subprocess.run(command, check=True)
    return made
