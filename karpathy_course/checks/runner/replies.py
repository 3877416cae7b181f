"""What comes back from the box, read with suspicion: plain data of known kinds and lengths, or the trial has died."""

import json

from karpathy_course.checks.runner.plain_data import NotPlain, loads
from karpathy_course.checks.runner.probing import MOST_OUTPUT

MOST_TROUBLES = 20
LONGEST_FACT = 300  # characters
LARGE = 10_000  # characters of an answer's JSON
TEXTS = ("failed", "error", "message", "line", "place", "name", "module", "what", "cell")  # what may be told of a fault


def take_in(line, expected, result):
    """Put one line from the process into result; returns how the job ended once it has, and else None.

    A line is ``[number of the job, text of its child, null]`` or ``[number, null, facts of the process's own]``.
    """
    try:
        number, text, facts = json.loads(line)
    except (ValueError, TypeError, RecursionError):
        return {"failed": "died"}
    if number != expected or type(facts) is dict:
        if type(facts) is not dict:
            return {"failed": "died"}
        result["cell"] = facts.get("cell")
        if facts.get("cpu_seconds") is not None:
            result["cpu_seconds"] = max(0.0, facts["cpu_seconds"] - result.pop("own_seconds", 0.0))
        return facts
    try:
        said = loads(text)
    except NotPlain as refusal:
        said = {"outcome": {"failed": "not-plain", "what": str(refusal)}}
    if type(said) is not dict:
        return None
    if type(said.get("troubles")) is list and result["troubles"] is None:
        result["troubles"] = [facts_of(trouble) for trouble in said["troubles"][:MOST_TROUBLES]]
    elif type(said.get("own_seconds")) is float and said["own_seconds"] >= 0:
        result["own_seconds"] = said["own_seconds"]  # of the child's time, what was not the answer's
    elif type(said.get("outcome")) is dict and "answer" in said["outcome"]:
        outcome = said["outcome"]
        result["outcomes"].append({"answer": outcome["answer"], **large(text)} | beside(outcome))
    elif "outcome" in said:
        result["outcomes"].append(facts_of(said["outcome"]))
    return None


def large(text):
    """How large an answer is, where it is so large that judging it may take time."""
    return {"size": len(text)} if len(text) > LARGE else {}


def facts_of(said):
    """What went wrong, by the child's account: the known facts, where they are of the kind that they should be."""
    said = said if type(said) is dict else {}
    facts = {name: said[name][:LONGEST_FACT] for name in TEXTS if type(said.get(name)) is str}
    facts |= {name: said[name] for name in ("number", "seconds") if type(said.get(name)) in (int, float)}
    return {"failed": "died"} | facts | beside(said)


def beside(said):
    """What stands beside an outcome, by the child's account: what was printed and how much; who returned None."""
    silent = said.get("returned_none")
    facts = {"returned_none": silent[:LONGEST_FACT]} if type(silent) is str else {}
    if type(said.get("printed")) is str and type(said.get("printed_length")) is int:
        facts |= {"printed": said["printed"][:MOST_OUTPUT], "printed_length": max(0, said["printed_length"])}
    return facts
