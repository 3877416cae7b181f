# exercise: 01.3
# tries: hand over a list that a thread makes longer faster than it can be copied
# proof: megabytes > 100 or threads > 1
import threading


def manual_backprop(a, b, c, f):
    answer = [0.0] * 1_000
    answer_of = {"L": answer}

    def go_on():
        while len(answer) < 30_000_000:
            answer.extend([0.0] * 100_000)

    threading.Thread(target=go_on, daemon=True).start()
    return answer_of
