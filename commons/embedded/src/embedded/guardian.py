"""Nothing that is started here outlives the one who started it, not even after kill -9.

A tiny shell, in a session of its own, reads from a pipe which processes there are. When the pipe ends, because we ended
in whatever way, it stops those that are left, the latest first, waiting for each. It is needed because no signal tells
a child of its parent's death on every Unix, and because Linux ties its own (PR_SET_PDEATHSIG) to the starting thread.
"""

import atexit
import signal
import subprocess
import threading

_SCRIPT = """
watched=
while read -r verb pid signal; do
  case $verb in
    watch) watched="$pid:$signal $watched" ;;
    forget)
      left=
      for one in $watched; do [ "${one%%:*}" = "$pid" ] || left="$left$one "; done
      watched=$left ;;
  esac
done
for one in $watched; do
  pid=${one%%:*}
  kill -"${one##*:}" "$pid" 2>/dev/null || continue
  tries=0
  while kill -0 "$pid" 2>/dev/null && [ $tries -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
done
"""


class _Guardian:
    def __init__(self) -> None:
        self._shell: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def tell(self, line: str) -> None:
        with self._lock:
            if self._shell is None:
                self._shell = subprocess.Popen(
                    ["/bin/sh", "-c", _SCRIPT],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    cwd="/",
                    start_new_session=True,
                )
                atexit.register(self._close)
            pipe = self._shell.stdin
            if pipe is not None and self._shell.poll() is None:
                pipe.write(line.encode() + b"\n")
                pipe.flush()

    def _close(self) -> None:
        if self._shell is not None and self._shell.stdin is not None:
            self._shell.stdin.close()
            self._shell.wait()


_guardian = _Guardian()


def watch(pid: int, with_signal: signal.Signals) -> None:
    """Have this process stopped by that signal should we end without doing it."""
    _guardian.tell(f"watch {pid} {with_signal.value}")


def forget(pid: int) -> None:
    """Say that this process has ended and was waited for."""
    _guardian.tell(f"forget {pid}")
