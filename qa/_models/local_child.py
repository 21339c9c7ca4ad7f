"""The process that runs the embedded language model. Started by ``local_server`` as a file.

It imports nothing of the project, reads its settings from the first line of its standard input
(so that the key stands neither in the argument list nor in the environment), writes one line of
JSON with its address when it is ready, and ends when its standard input does. As the other end
of that pipe closes with the parent, whatever way the parent goes, no server is left behind.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import threading
import time
from typing import Any

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Serve until standard input ends or the parent is gone."""
    # Ctrl-C reaches the whole foreground group; it is the parent who decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = os.getppid()
    if sys.platform == "linux":
        # Loading a model holds Python's lock for seconds, and no watching thread runs meanwhile.
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # Whatever the native library prints belongs in the log, not between the protocol's lines.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    first_line = sys.stdin.readline()
    if not first_line or os.getppid() != parent:
        return
    settings = json.loads(first_line)
    threading.Thread(target=_end_with_stdin, daemon=True).start()
    server = _serve(settings)
    print(json.dumps({"address": server.listening_address}), file=answers, flush=True)
    # A process forked from the parent may hold the pipe open; then the parent's end shows here.
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)


def _end_with_stdin() -> None:
    while os.read(0, 4096):
        pass
    os._exit(0)


def _serve(settings: dict[str, Any]) -> Any:
    # Threads that wait for each other sleep instead of spinning. It costs nothing on a quiet
    # machine (32 and 9 tokens/s read and written either way, two cores); on a busy one, where a
    # spinning thread keeps the one it waits for from running, it was eight times as fast.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = settings["path"]
    params.model_alias = {settings["alias"]}
    params.api_keys = [settings["api_key"]]
    params.n_ctx = settings["context"]
    params.cpuparams.n_threads = settings["threads"]
    params.cpuparams_batch.n_threads = settings["threads"]
    # One slot: the fixed beginning of the prompt stays where the next request finds it.
    params.n_parallel = 1
    # A request can be cancelled, and tells of its progress, only between two batches.
    params.n_batch = params.n_ubatch = settings["batch"]
    params.cache_ram_mib = settings["prompt_cache_mib"]
    params.warmup = False
    params.ui = False
    params.endpoint_slots = False
    return xllamacpp.Server(params)


if __name__ == "__main__":
    main()
