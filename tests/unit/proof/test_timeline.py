"""Lanes over time, compared as exact text."""

from dataclasses import replace

import pytest

from leaseproof.proof.cells import width
from leaseproof.proof.outcome import Event, EventKind, ScheduleOutcome, StepOutcome
from leaseproof.proof.timeline import answer, draw, one_line

SQL = {
    "claim_a": "BEGIN; -- not shown\nSELECT outbox_id,\n       lease_token FROM claim_outbox_batch(1,"
    " 'a', 30) \\gset a_",
    "complete_b": "SELECT * FROM complete_outbox_attempt(:'a_outbox_id', :'a_lease_token', 'worker-b',"
    " 'DISPATCHED');",
    "commit_a": "COMMIT;",
}


def events(*told: tuple[str, str, EventKind, str]) -> tuple[Event, ...]:
    """Return events of (session, step, kind, text)."""
    return tuple(
        Event(position=position, session=session, step=step, kind=kind, text=text)
        for position, (session, step, kind, text) in enumerate(told)
    )


WAIT = ScheduleOutcome(
    order=("claim_a", "complete_b", "commit_a"),
    events=events(
        ("worker_a", "claim_a", "launch", ""),
        ("worker_a", "claim_a", "done", "1 row"),
        ("worker_b", "complete_b", "launch", ""),
        ("worker_b", "complete_b", "wait", "for worker_a"),
        ("worker_a", "commit_a", "launch", ""),
        ("worker_a", "commit_a", "done", ""),
        ("worker_b", "complete_b", "wake", ""),
        ("worker_b", "complete_b", "done", "P7002"),
    ),
    steps=(
        StepOutcome(
            step="claim_a", session="worker_a", sqlstate="00000", rows=(("1", None), ("2", "x")), row_count=2
        ),
        StepOutcome(step="commit_a", session="worker_a", sqlstate="00000"),
        StepOutcome(
            step="complete_b",
            session="worker_b",
            sqlstate="P7002",
            message="lease lost",
            notices=("NOTICE: look",),
        ),
    ),
)


def test_draw_shows_what_ran_what_waited_and_what_it_answered() -> None:
    """Two lanes at 80 columns: launches are numbered, a wait names its blocker, answers have their names."""
    assert draw(WAIT, sql=SQL) == (
        "   worker_a                               worker_b\n"
        " 1 ┌ claim_a\n"
        "   │ BEGIN; SELECT outbox_id, lease_toke…\n"
        "   └ 2 rows\n"
        "     (1, NULL) …\n"
        " 2                                        ┌ complete_b\n"
        "                                          │ SELECT * FROM complete_outbox_attem…\n"
        "                                          ┊ waits for worker_a\n"
        " 3 ┌ commit_a                             ┊\n"
        "   │ COMMIT                               ┊\n"
        "   └ done                                 ┊\n"
        "                                          ├ goes on\n"
        "                                          └ P7002 LEASE_LOST\n"
        "                                            NOTICE: look\n"
        "                                            lease lost"
    )


def test_draw_without_sql_and_in_another_lane_order() -> None:
    """The lanes stand in the order asked for, and the text of the steps is optional."""
    assert draw(WAIT, sessions=("unused", "worker_b", "worker_a")).splitlines()[:3] == [
        "   worker_b                               worker_a",
        " 1                                        ┌ claim_a",
        "                                          └ 2 rows",
    ]


def test_draw_colours_only_when_asked() -> None:
    """Colour codes never reach a file, and change nothing else."""
    plain, coloured = draw(WAIT, sql=SQL), draw(WAIT, sql=SQL, colour=True)
    assert "\x1b" not in plain
    for code in ("1", "2", "31", "32", "33", "36", "0"):
        coloured = coloured.replace(f"\x1b[{code}m", "")
    assert coloured == plain


@pytest.mark.parametrize(
    ("problems", "claimed", "refused"),
    [
        ((), "32", "36"),
        (("step complete_b: expected success, got P7002 (LEASE_LOST)",), "32", "31"),
        (("step claim_a: expected rows [[1]], got []",), "31", "36"),
        (("contest: complete_b lost with P7002 (LEASE_LOST); expected no loser",), "32", "31"),
        (("contest: got 2 winners (claim_a, commit_a); expected 1",), "31", "36"),
        (("contest: got 1 winner (claim_a); expected 2",), "32", "36"),
        (("this order cannot happen: its session still waits in step 'complete_b'",), "32", "31"),
    ],
)
def test_draw_colours_by_what_was_expected(problems: tuple[str, ...], claimed: str, refused: str) -> None:
    """Red is an answer that a problem names, whatever its SQLSTATE; an expected refusal is calm."""
    drawn = draw(replace(WAIT, problems=problems), colour=True)
    assert f"\x1b[{claimed}m└ 2 rows\x1b[0m" in drawn
    assert f"\x1b[{refused}m└ P7002 LEASE_LOST\x1b[0m" in drawn


@pytest.mark.parametrize(
    ("changed", "code"),
    [({}, "36"), ({"problems": ("step hang: hangs",)}, "31"), ({"feasible": False}, "31")],
)
def test_draw_colours_a_cancelled_wait_by_what_was_expected(changed: dict, code: str) -> None:
    """A proof may expect its step to hang until it is cancelled; an order that cannot happen is red there."""
    outcome = ScheduleOutcome(
        order=("hang",),
        events=events(("s", "hang", "skip", "cancelled")),
        steps=(StepOutcome(step="hang", session="s", sqlstate="57014"),),
    )
    assert f"\x1b[{code}m├ cancelled\x1b[0m" in draw(replace(outcome, **changed), colour=True)


@pytest.mark.parametrize("count", range(1, 7))
def test_draw_fits_any_number_of_lanes_in_80_columns(count: int) -> None:
    """One to six sessions with long names, long SQL and wide characters fit."""
    names = [f"session_with_a_long_name_{number}" for number in range(count)]
    outcome = ScheduleOutcome(
        order=tuple(names),
        events=events(*((name, name, kind, "") for name in names for kind in ("launch", "done"))),
        steps=tuple(
            StepOutcome(step=name, session=name, sqlstate="XX000", message="日本" * 50) for name in names
        ),
    )
    drawn = draw(outcome, sql={name: "SELECT '日本語' " * 20 for name in names})
    assert max(map(width, drawn.splitlines())) <= 80
    assert drawn.count("┌") == drawn.count("└") == count


def test_draw_of_narrow_lanes_runs_over_idle_ones_and_wraps_headlines() -> None:
    """With five lanes, text runs over idle ones, and who is waited for is never cut away."""
    outcome = ScheduleOutcome(
        order=("first", "last"),
        events=events(
            ("worker_one", "first", "launch", ""),
            ("worker_five", "last", "launch", ""),
            ("worker_five", "last", "wait", "for worker_one"),
            ("worker_one", "first", "done", ""),
            ("worker_five", "last", "done", ""),
            *(("idle_" + letter, letter, "launch", "") for letter in "abc"),
        ),
        steps=(
            StepOutcome(
                step="first", session="worker_one", sqlstate="P7002", message="a message of six short words"
            ),
            StepOutcome(step="last", session="worker_five", sqlstate="40P01"),
        ),
    )
    lanes = ("worker_one", "idle_a", "idle_b", "idle_c", "worker_five")
    drawn = draw(
        outcome, sql={"first": "SELECT 'thirty characters of text'", "last": "SELECT 1"}, sessions=lanes
    )
    assert "\n".join(drawn.splitlines()[:12]) == (
        "   worker_one     idle_a         idle_b         idle_c         worker_five\n"
        " 1 ┌ first\n"
        "   │ SELECT 'thirty characters of text'\n"
        " 2 │                                                           ┌ last\n"
        "   │                                                           │ SELECT 1\n"
        "   │                                                           ┊ waits for\n"
        "   │                                                           ┊ worker_one\n"
        "   └ P7002 LEASE_LOST                                          ┊\n"
        "     a message of six short words                              ┊\n"
        "                                                               └ 40P01\n"
        "                                                                 DEADLOCK_DE…\n"
        " 3                ┌ a"
    )


def test_draw_shows_a_cancelled_wait() -> None:
    """A step whose wait had to be ended says so before its answer."""
    outcome = ScheduleOutcome(
        order=("hang",),
        events=events(
            ("s", "hang", "launch", ""),
            ("s", "hang", "wait", "for another session"),
            ("s", "hang", "skip", "cancelled: nothing is left to end its wait"),
            ("s", "hang", "wake", ""),
            ("s", "hang", "done", "57014"),
        ),
        steps=(StepOutcome(step="hang", session="s", sqlstate="57014"),),
    )
    assert draw(outcome) == (
        "   s\n"
        " 1 ┌ hang\n"
        "   ┊ waits for another session\n"
        "   ├ cancelled: nothing is left to end its wait\n"
        "   ├ goes on\n"
        "   └ 57014 QUERY_CANCELED"
    )


def test_draw_of_nothing_says_so() -> None:
    """A schedule that was never begun has no lanes."""
    assert draw(ScheduleOutcome(order=())) == "(nothing ran)"


def test_draw_escapes_what_the_server_sent() -> None:
    """A terminal escape in a message is not passed on."""
    outcome = ScheduleOutcome(
        order=("a",),
        events=events(("s", "a", "launch", ""), ("s", "a", "done", "")),
        steps=(StepOutcome(step="a", session="s", sqlstate="XX000", message="\x1b[2Jgone"),),
    )
    assert "\x1b" not in draw(outcome)


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (StepOutcome(step="s", session="s", sqlstate="00000"), "done"),
        (StepOutcome(step="s", session="s", sqlstate="00000", row_count=0), "0 rows"),
        (StepOutcome(step="s", session="s", sqlstate="40P01"), "40P01 DEADLOCK_DETECTED"),
        (StepOutcome(step="s", session="s", sqlstate="99999"), "99999"),
    ],
)
def test_answer_is_short(outcome: StepOutcome, words: str) -> None:
    """An answer is a row count, or a SQLSTATE with its name where it has one."""
    assert answer(outcome) == words


def test_one_line_drops_comments_and_keeps_quotes() -> None:
    """Comments go, text in quotes that looks like one stays."""
    assert one_line("SELECT '--x', /* gone */ 1 -- gone\n  + 2;\n") == "SELECT '--x', 1 + 2"
