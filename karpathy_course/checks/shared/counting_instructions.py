"""How many instructions of its bytecode Python executes for a piece of work: a measure that no clock disturbs.

Counted is what runs below a call, in whatever function and file; what NumPy does in C is one instruction, the call. Two
ways: `sys.monitoring`, and before Python 3.12 `sys.settrace` (whose events of single instructions are not reliable from
3.12 on). This file runs beside the learner's code.
"""

import sys
import threading

TOOLS = (4, 3, 5)  # numbers of `sys.monitoring` that no debugger, profiler or coverage takes for itself


def instructions_of(work, most=sys.maxsize):
    """How many instructions ``work()`` takes, counted up to most; -1 where the counting was turned off by the work."""
    return by_monitoring(work, most) if hasattr(sys, "monitoring") else by_tracing(work, most)


def by_monitoring(work, most):
    monitoring, count = sys.monitoring, [0]
    tool = next(number for number in TOOLS if monitoring.get_tool(number) is None)
    instruction = monitoring.events.INSTRUCTION

    def look(code, offset):
        count[0] += 1
        if count[0] == most:
            monitoring.set_events(tool, 0)

    monitoring.use_tool_id(tool, "counting instructions")
    try:
        monitoring.register_callback(tool, instruction, look)
        monitoring.set_events(tool, instruction)
        work()
        kept = count[0] >= most or monitoring.get_events(tool) == instruction
    finally:
        monitoring.set_events(tool, 0)
        monitoring.register_callback(tool, instruction, None)
        monitoring.free_tool_id(tool)
    return count[0] if kept else -1


def by_tracing(work, most):
    count, outer, outer_threads = [0], sys.gettrace(), threading.gettrace()

    def look(frame, event, argument):
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        if event == "opcode":
            count[0] += 1
            if count[0] == most:
                sys.settrace(None)
        return look

    threading.settrace(look)
    sys.settrace(look)
    try:
        work()
        kept = count[0] >= most or sys.gettrace() is look
    finally:
        sys.settrace(outer)
        threading.settrace(outer_threads)
    return count[0] if kept else -1
