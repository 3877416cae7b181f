"""What the tests run under torchrun: a whole training by the package's own program, then a process that dies."""

import os
import signal
import sys

from karpathy_course.torch_reference import distributed

if __name__ == "__main__":
    with distributed.process_group() as (rank, size, device):
        for name, more in (("whole", []), ("parts", ["--accumulate", "3"])):
            words = ["--epochs", "2", "--seed", "1", "--save", f"{sys.argv[1]}/{name}.pt", *more]
            distributed.train(distributed.arguments(words), rank, size, device)
        print("done" if rank == 0 else "", end="", flush=True)
        distributed.mean_over_processes(1.0)
        if rank == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        distributed.mean_over_processes(1.0)
