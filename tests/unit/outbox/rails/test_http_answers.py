"""What the answers of an HTTP rail mean."""

import pytest

from leaseproof.outbox.rails.http_answers import HttpAnswer, classify, classify_lookup
from leaseproof.outbox.rails.http_settings import HttpSettings, http_settings_from
from leaseproof.outbox.rails.protocol import Absent, Accepted, Refused, TryAgain, Unknown

SETTINGS = HttpSettings(url="http://rail/payments")


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        (HttpAnswer(status=201, body=b'{"reference":"r","code":"00"}'), Accepted(reference="r", code="00")),
        (HttpAnswer(status=202), Accepted(code="202")),
        (HttpAnswer(status=202, body=b"\r\n"), Accepted(code="202")),
        (HttpAnswer(status=200, body=b'{"reference":17}'), Accepted(code="200")),
        (
            HttpAnswer(status=200, body=b'{"state":"rejected"}'),
            Refused(error_code="REFUSED_BY_RAIL", code="200"),
        ),
        (
            HttpAnswer(status=422, body=b'{"message":"closed"}'),
            Refused(error_code="REFUSED_BY_RAIL", message="closed", code="422"),
        ),
        (HttpAnswer(status=401), TryAgain(error_code="HTTP_401", code="401")),
        (
            HttpAnswer(status=429, retry_after="30"),
            TryAgain(error_code="HTTP_429", code="429", after_seconds=30.0),
        ),
        (HttpAnswer(status=429, retry_after="inf"), TryAgain(error_code="HTTP_429", code="429")),
        (
            HttpAnswer(status=429, retry_after="Wed, 21 Oct 2026 07:28:00 GMT"),
            TryAgain(error_code="HTTP_429", code="429"),
        ),
        *(
            (HttpAnswer(status=status), Unknown(error_code=f"HTTP_{status}", code=str(status)))
            for status in (301, 408, 409, 500, 502, 503, 504)
        ),
    ],
)
def test_answer_means_what_the_tables_say(answer, meaning):
    """Only a status that somebody put into a table is more than unknown (CL-17)."""
    assert classify(SETTINGS, answer) == meaning


@pytest.mark.parametrize(
    "answer",
    [
        HttpAnswer(status=200, body=b'{"state":"refu', whole=False),
        HttpAnswer(status=200, body=b'{"state":"accepted"}', whole=False),
        HttpAnswer(status=200, whole=False),
        HttpAnswer(status=202, body=b"not json"),
        HttpAnswer(status=200, body=b'[{"state":"refused"}]'),
        HttpAnswer(status=200, body='{"state":"refused","message":"ungültig"}'.encode("latin-1")),
        HttpAnswer(status=200, body=b'{"state":"refused","amount":' + b"9" * 5000 + b"}"),
        HttpAnswer(status=200, body=b'{"state":"refused","request":' + b"[" * 20_000 + b"]" * 20_000 + b"}"),
    ],
    ids=("cut", "longer", "lost", "text", "list", "latin-1", "digits", "nested"),
)
def test_body_that_cannot_be_read_leaves_the_payment_unknown(answer):
    """The state in the body may refuse the payment: whoever cannot read it does not know (CL-17)."""
    meaning = Unknown(error_code="UNREADABLE_ANSWER", code=str(answer.status))
    assert classify(SETTINGS, answer) == meaning
    found = Unknown(error_code="LOOKUP_UNREADABLE_ANSWER", code=str(answer.status))
    assert classify_lookup(SETTINGS, answer) == found


@pytest.mark.parametrize(("status", "meaning"), [(422, Refused), (429, TryAgain), (500, Unknown)])
def test_status_that_no_state_can_change_needs_no_body(status, meaning):
    """What the status alone says stands, whatever became of the body."""
    assert isinstance(classify(SETTINGS, HttpAnswer(status=status, body=b"<html>", whole=False)), meaning)


def test_rail_without_states_is_taken_by_its_status():
    """RAIL_REFUSED_STATES=off: no body refuses a payment, so none needs to be read; a question still needs one."""
    settings = http_settings_from({"RAIL_URL": "http://rail/", "RAIL_REFUSED_STATES": "off"})
    answer = HttpAnswer(status=200, body=b"OK")
    assert classify(settings, answer) == Accepted(code="200")
    assert classify_lookup(settings, answer) == Unknown(error_code="LOOKUP_UNREADABLE_ANSWER", code="200")


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        (HttpAnswer(status=200, body=b'{"reference":"r"}'), Accepted(reference="r", code="200")),
        (
            HttpAnswer(status=200, body=b'{"state":"refused"}'),
            Refused(error_code="REFUSED_BY_RAIL", code="200"),
        ),
        (HttpAnswer(status=200, body=b'{"state":"not_found"}'), Absent(final=False)),
        (HttpAnswer(status=404), Absent(final=False)),
        (
            HttpAnswer(status=200, body=b"<html>Please sign in</html>"),
            Unknown(error_code="LOOKUP_UNREADABLE_ANSWER", code="200"),
        ),
        (HttpAnswer(status=200), Unknown(error_code="LOOKUP_UNREADABLE_ANSWER", code="200")),
        (HttpAnswer(status=401), Unknown(error_code="LOOKUP_HTTP_401", code="401")),
        (HttpAnswer(status=422), Unknown(error_code="LOOKUP_HTTP_422", code="422")),
        (HttpAnswer(status=500), Unknown(error_code="LOOKUP_HTTP_500", code="500")),
    ],
)
def test_answer_to_a_question_means_what_the_tables_say(answer, meaning):
    """A question that is itself refused, or answered with a page, says nothing about the payment."""
    assert classify_lookup(SETTINGS, answer) == meaning


def test_absence_is_final_only_by_configuration():
    """The rail's promise is a setting."""
    settings = http_settings_from({"RAIL_URL": "http://rail/", "RAIL_ABSENT_IS_FINAL": "1"})
    for answer in (HttpAnswer(status=404), HttpAnswer(status=200, body=b'{"state":"absent"}')):
        assert classify_lookup(settings, answer) == Absent(final=True)


def test_classification_is_configuration():
    """Each table is read from the environment."""
    settings = http_settings_from(
        {
            "RAIL_URL": "http://rail/",
            "RAIL_ACCEPTED_STATUSES": "299",
            "RAIL_TRY_AGAIN_STATUSES": "503, 200",
            "RAIL_REFUSED_STATES": "no, never",
            "RAIL_ABSENT_STATES": "off",
        }
    )
    refused = HttpAnswer(status=299, body=b'{"state":"never"}')
    assert classify(settings, refused) == Refused(error_code="REFUSED_BY_RAIL", code="299")
    assert isinstance(classify_lookup(settings, HttpAnswer(status=299, body=b'{"state":"absent"}')), Accepted)
    assert classify(settings, HttpAnswer(status=299)) == Accepted(code="299")
    assert classify(settings, HttpAnswer(status=200)) == TryAgain(error_code="HTTP_200", code="200")
