"""TensorBoard in a process of its own: it takes a free port, prints it, and ends with whoever started it.

Run as a file, with the folder of the runs: `python -P tensorboard_server.py FOLDER`. Standard input stays open for as
long as the notebook's kernel lives, killed or not: at its end TensorBoard ends too, on every system.
"""

import sys

RELOAD_SECONDS = 1  # so that a run which goes on grows before your eyes, as often as its page asks


def main(folder):
    """Serve this folder to this machine alone until standard input ends."""
    from tensorboard import default, program

    board = program.TensorBoard(plugins=default.get_plugins())
    # load_fast is a second process, for logs of gigabytes. Port 0: the system gives one that nobody else has.
    board.configure(
        logdir=folder, host="127.0.0.1", port=0, reload_interval=RELOAD_SECONDS, load_fast="false", window_title="runs"
    )
    print(board.launch().rstrip("/").rpartition(":")[2], flush=True)
    sys.stdin.buffer.read()


if __name__ == "__main__":
    main(sys.argv[1])
