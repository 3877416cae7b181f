"""Nobody earns what their answer did not compute, and nobody's neighbour pays for it: every attack, in every mode.

The weaker modes cannot hold everything. What each does not hold stands in `NOT_HELD`, by name and with the reason,
and a test fails for an attack that is listed and held as it does for one that is neither.
"""

import json
import re

import pytest

from tests.attacks import class_under_attack, hostile_files
from tests.attacks.attack_answers import attacks

MODES = ("bubblewrap", "landlock", "process")


def because(reason, *names):
    return dict.fromkeys(names, reason)


NOT_HELD = {
    "bubblewrap": {},
    "landlock": because(
        "Landlock has no right for stat: that a file is there, and how large it is, can be found out",
        "asks_whether_a_file_is_there",
    ),
    "process": {
        **because(
            "nothing is hidden: whatever file the grader's user may read lies open, the solutions among them",
            *("a_file_as_its_own_source", "asks_whether_a_file_is_there", "lists_the_submissions", "reads_a_neighbour"),
            *("reads_beside_the_submissions", "reads_by_a_link", "reads_by_a_second_name", "reads_the_home_folder"),
            *("copies_a_neighbour", "imports_the_judge_by_its_path", "looks_for_a_compiled_judge"),
            *("imports_a_library_by_force", "runs_the_judges_source", "runs_the_solution"),
        ),
        **because(
            "nothing is protected: whatever file the grader's user may write can be written",
            *("adds_to_a_folder", "cuts_a_file_off", "moves_a_folder", "removes_a_file", "writes_over_a_file"),
            *("finds_a_note", "writes_a_result_of_its_own"),
        ),
        **because(
            "/proc is there, and shows and opens what belongs to processes of the same user",
            *("reads_every_environment", "reads_the_canarys_environment", "reads_through_proc", "reads_where_it_is"),
            "writes_the_canarys_memory",
        ),
    },
}


class Graded:
    """A mode, and what came of the class in it."""

    def __init__(self, mode):
        self.mode, self.found = mode, class_under_attack.grade(mode)
        self.records, self.attacks = self.found["records"], class_under_attack.tried()
        self.marks = {name: record["exercises"] for name, record in self.records.items()}

    def attackers(self):
        """Each attack with the marks of its student."""
        for attack in self.attacks:
            yield attack, self.marks.get(attack.name, {})

    def crossed(self):
        """The attacks that got through, each with what it did."""
        found = {}
        for attack, marks in self.attackers():
            earned = marks.get(attack.exercise, [0.0])[0]
            record = self.records.get(attack.name, {})
            name = re.compile(rf"\b{attack.name}\b")
            deeds = {
                "earned points": earned > 0 and not attack.may_earn,
                "said what it must not know": record.get("reached") or record.get("leaked"),
                "called": attack.name in self.found["called"],
                "harmed a process": attack.name in self.found["harmed"],
                "changed a file": any(name.search(path) for path in self.found["changed"]),
                "left a result": any(name.search(path) for path in self.found["reports"]["strangers"]),
                "left a process": any(name.search(words) for words in self.found["left"]),
            }
            if any(deeds.values()):
                found[attack.name] = [deed for deed, done in deeds.items() if done]
        return found


def in_a_sandbox(test):
    """What attacks is let loose inside bubblewrap only."""
    return pytest.mark.needs("bubblewrap")(pytest.mark.slow(test))


@pytest.fixture(scope="module", params=MODES)
def graded(request):
    return Graded(request.param)


@pytest.fixture(scope="module")
def handed_in():
    return class_under_attack.hand_in_files()


def test_there_are_attacks_of_every_kind_and_each_says_how_it_is_proved():
    found = attacks()
    assert len(found) >= 100
    assert all(attack.tries and attack.proof for attack in found)
    assert len({attack.tries for attack in found}) == len(found)


@pytest.mark.parametrize("attack", attacks(), ids=lambda attack: attack.name)
def test_an_attack_touches_nothing_but_what_was_planted(attack):
    source = attack.source
    assert not re.search(r"killpg\(|kill\((-|0|1\b)|\bmount\b|setns|reboot|pivot", source)
    assert set(re.findall(r"\d+\.\d+\.\d+\.\d+", source)) <= {"127.0.0.1"}
    assert not re.search(r"https?://(?!127\.0\.0\.1)", source)
    for words in re.findall(r"\bkill\(([^,]+),|pidfd_open\(([^)]+)\)|prlimit\(([^,]+),", source):
        assert "".join(words) in ('int("@VICTIM@")', "os.getpid()", 'int("@VICTIM@"'), words


@in_a_sandbox
def test_the_batch_ends_in_time_and_everybody_is_graded(graded):
    found = graded.found
    assert found["status"] == 0, found["said"]
    assert found["seconds"] < class_under_attack.BATCH_SECONDS
    assert len(graded.records) == found["submissions"] and not found["unread"], found["said"]


@in_a_sandbox
def test_every_honest_neighbour_has_full_marks(graded):
    honest = {name: marks for name, marks in graded.marks.items() if name.endswith(class_under_attack.HONEST)}
    assert len(honest) >= len(graded.attacks) // 3
    short = {name: marks for name, marks in honest.items() if any(got != of for got, of in marks.values())}
    assert not short


@in_a_sandbox
def test_an_attackers_other_exercises_have_full_marks(graded):
    short = {}
    for attack, marks in graded.attackers():
        others = {id: mark for id, mark in marks.items() if id != attack.exercise}
        if not attack.spoils and any(got != of for got, of in others.values()):
            short[attack.name] = others
    assert not short


@in_a_sandbox
def test_no_attack_gets_through_but_those_that_are_listed_with_a_reason(graded):
    crossed, listed = graded.crossed(), NOT_HELD[graded.mode]
    through = {name: deeds for name, deeds in crossed.items() if name not in listed}
    assert not through
    assert not set(listed) - set(crossed), "listed as not held, but held"


@in_a_sandbox
def test_nothing_is_left_of_processes_and_files(graded):
    found = graded.found
    assert not found["left"] and not found["segments"]
    outside = ("/dev/shm/",) if graded.mode == "process" else ()  # files of the machine's, which are open there
    assert not [path for path in found["litter"] if not path.startswith(outside)]
    mine = {"writes_a_result_of_its_own.json"} & {f"{name}.json" for name in NOT_HELD[graded.mode]}
    assert not [path for path in found["reports"]["strangers"] if path.rpartition("/")[2] not in mine]


@in_a_sandbox
def test_no_secret_stands_in_a_report_but_in_those_of_attacks_that_are_not_held(graded):
    secrets, listed = graded.found["reports"]["secrets"], NOT_HELD[graded.mode]
    assert listed or not secrets
    assert {name for _, name in secrets if name.startswith("students/")} <= {f"students/{n}.html" for n in listed}


@in_a_sandbox
def test_a_report_runs_nothing_in_a_browser_a_spreadsheet_or_a_terminal(graded):
    reports = graded.found["reports"]
    assert not reports["scripts"] and not reports["formulas"]
    assert not graded.found["escapes"]


@in_a_sandbox
def test_what_an_attacker_says_is_cut(graded):
    assert max(record["length"] for record in graded.records.values()) < 60_000
    assert graded.found["reports"]["megabytes"] < 20


@in_a_sandbox
def test_no_process_takes_more_memory_than_it_was_given(graded):
    assert graded.found["megabytes"] < 1_300


OUTCOMES = {thing.name: thing for thing in hostile_files.HANDED_IN}


@in_a_sandbox
def test_hostile_files_do_not_stop_the_batch_and_are_told_apart(handed_in):
    assert handed_in["status"] == 1, handed_in["said"]
    marks = {name: record["exercises"] for name, record in handed_in["records"].items()}
    unread = json.dumps(handed_in["unread"])
    for name, thing in OUTCOMES.items():
        if thing.outcome == hostile_files.GRADED:
            assert name in marks and all(got == of for got, of in marks[name].values()), name
        if thing.outcome == hostile_files.SAID:
            assert name in unread and name not in marks, (name, thing.tries)


@in_a_sandbox
def test_each_hostile_name_has_full_marks(handed_in):
    marks = {name: record["exercises"] for name, record in handed_in["records"].items()}
    names = [name.encode("utf-8", "backslashreplace").decode() for name in hostile_files.NAMES]
    assert not [name for name in names if not all(got == of for got, of in marks.get(name, {"": (0, 1)}).values())]


@in_a_sandbox
def test_names_that_only_some_disks_tell_apart_are_said_and_not_guessed(handed_in):
    unread = json.dumps(handed_in["unread"], ensure_ascii=False)
    assert not [name for name in hostile_files.ONE_ON_SOME_DISKS if f"{name}/{hostile_files.NOTEBOOK}" not in unread]
    assert not set(hostile_files.ONE_ON_SOME_DISKS) & set(handed_in["records"])


@in_a_sandbox
def test_each_student_has_a_page(handed_in):
    students = set(handed_in["records"]) | {entry["student"] for entry in handed_in["unread"] if entry["student"]}
    assert handed_in["reports"]["pages"] == len(students)


@in_a_sandbox
def test_hostile_files_change_nothing_and_run_nowhere(handed_in):
    assert not handed_in["changed"] and not handed_in["litter"] and not handed_in["left"]
    reports = handed_in["reports"]
    assert not reports["secrets"] and not reports["scripts"] and not reports["formulas"] and not reports["strangers"]
    assert not handed_in["escapes"]


@in_a_sandbox
def test_hostile_files_are_read_in_bounded_memory(handed_in):
    assert handed_in["megabytes"] < 500
