"""torchrun from Python: what it prints, or one line that says which process failed; nothing is left running."""

import os
import re
import signal
import subprocess
import sys
import threading
import time

# Of torchrun's table of failures, and what begins its report of one process, after what the processes have said.
FAILED = re.compile(r"^ +rank +: (\d+).*\n +exitcode +: (-?\d+)", re.MULTILINE)
REPORT = re.compile(r"^\[?E\d{4} .*failed \(exitcode", re.MULTILINE)
NOT_SAID_BY_A_PROCESS = re.compile(r"\[?[EWIF]\d{4} |\[Gloo\]|\s|Traceback|process \d+ of \d+: another")
LEFT_ALONE = 70  # exit code of a process that ended because another one had
PATIENCE_SECONDS = 10  # that torchrun has to end its processes before all are killed


def torchrun(program, processes=2, timeout=300):
    """Run a program in several processes on this machine, by `torchrun`, and return what it printed.

    program: words, as ["-m", "karpathy_course.torch_reference.distributed", "--epochs", "3"] or ["train.py"]. timeout:
    in seconds. Raises RuntimeError, in one line, where a process failed or the time was up; all of them have ended
    then.
    """
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}", *program]
    # torchrun chooses one thread itself, with a warning of six lines.
    environment = {**os.environ, "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1")}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    running = subprocess.Popen(command, env=environment, **pipes)
    try:
        printed, errors = running.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"torchrun: not done in {timeout} seconds: its {processes} processes were ended") from None
    finally:
        _end(running)
    if running.returncode:
        raise RuntimeError(f"torchrun: {what_failed(errors, processes)}")
    return printed


def what_failed(errors, processes):
    """What torchrun's report comes to, in one line."""
    found = [(int(rank), int(code)) for rank, code in FAILED.findall(errors)]
    found = [(rank, code) for rank, code in found if code != LEFT_ALONE] or found
    if not found:
        lines = [line for line in errors.splitlines() if line.strip()]
        return lines[-1] if lines else "it failed and said nothing"
    rank, code = found[-1]  # torchrun puts what it saw fail first last
    how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
    said = [line for line in REPORT.split(errors)[0].splitlines() if line.strip()]
    said = [line for line in said if not NOT_SAID_BY_A_PROCESS.match(line)]
    last = f": {said[-1].strip()}" if said else ""
    return f"process {rank} of {processes} {how}, so the others were ended{last}"


def end_with_torchrun():
    """End this process, which torchrun has started, when torchrun is gone: one that is killed cannot do it itself."""
    parent = os.getppid()

    def watch():
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(LEFT_ALONE)

    threading.Thread(target=watch, daemon=True).start()


def _end(running):
    """End torchrun, which ends its processes; they end by themselves where it is killed."""
    if running.poll() is None:
        running.terminate()
        try:
            running.communicate(timeout=PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            running.kill()
            running.communicate()
