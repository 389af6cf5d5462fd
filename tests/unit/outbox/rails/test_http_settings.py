"""The HTTP rail's settings are read from the environment, and refused where they cannot work."""

import pytest

from leaseproof.errors import LeaseproofError
from leaseproof.outbox.rails.http_settings import http_settings_from


URL = {"RAIL_URL": "https://rail/payments"}


@pytest.mark.parametrize(
    "address",
    [
        "",
        " ",
        "ftp://rail/",
        "https:///payments",
        "https://:443/payments",
        "me:hidden@rail/payments",
        "https://me:hidden@rail/",
        "https://@rail/",
        "https://me:hidden\u2100@rail/",
        "https://rail:99999/?hidden",
        "https://rail:port/hidden",
        "https://rail:0/",
        "https://rail:-1/",
        "https://[::1/hidden",
        "https://ra..il/",
        "https://rail/pay ments",
        "https://rail/pay\nments",
        "https://rail/zahlüngen",
        "https://räil/",
        "https://rail/payments?key=hidden",
        "https://rail/payments#hidden",
        "https://rail/payments?",
    ],
)
def test_address_that_cannot_be_called_is_refused(address):
    """At the start and in one sentence, without the address: a mistake may have put a credential anywhere in it."""
    with pytest.raises(LeaseproofError, match="^got .*RAIL_URL.*expected ") as refused:
        http_settings_from({"RAIL_URL": address})
    assert "hidden" not in str(refused.value) and refused.value.__cause__ is None
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


@pytest.mark.parametrize(
    "address", ["https://rail", "http://rail:8080/pay%20ments/", "https://[::1]:8443/p", "https://rail.example./"]
)
def test_address_that_can_be_called_is_taken_without_what_stands_around_it(address):
    """The line's end of the file that an address was read from is not part of it."""
    assert http_settings_from({"RAIL_URL": f" {address}\n"}).url == address.rstrip("/")


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"RAIL_REFUSED_STATUSES": "200"}, "got 200 in more than one of RAIL_ACCEPTED_STATUSES"),
        ({"RAIL_ABSENT_STATUSES": "404,200"}, "RAIL_ABSENT_STATUSES"),
        ({"RAIL_ABSENT_STATES": "refused"}, "RAIL_ABSENT_STATES"),
        ({"RAIL_REFUSED_STATES": ","}, "RAIL_REFUSED_STATES"),
        ({"RAIL_ACCEPTED_STATUSES": "2xx"}, "RAIL_ACCEPTED_STATUSES"),
        ({"RAIL_ACCEPTED_STATUSES": "2_00"}, "RAIL_ACCEPTED_STATUSES"),
        ({"RAIL_ACCEPTED_STATUSES": "2000"}, "RAIL_ACCEPTED_STATUSES"),
        ({"RAIL_ABSENT_IS_FINAL": "yes"}, "RAIL_ABSENT_IS_FINAL"),
        ({"RAIL_KEY_HEADER": "Idempotency Key"}, "RAIL_KEY_HEADER"),
        ({"RAIL_KEY_HEADER": "Schlüssel"}, "RAIL_KEY_HEADER"),
        ({"RAIL_KEY_HEADER": "Key:"}, "RAIL_KEY_HEADER"),
        ({"RAIL_KEY_HEADER": "authorization"}, "RAIL_KEY_HEADER"),
        ({"RAIL_EPOCH_HEADER": "Epoch\n"}, "RAIL_EPOCH_HEADER"),
        ({"RAIL_EPOCH_HEADER": "content-length"}, "RAIL_EPOCH_HEADER"),
        ({"RAIL_EPOCH_HEADER": "idempotency-key"}, "RAIL_EPOCH_HEADER"),
        ({"RAIL_KEY_HEADER": "X-Same", "RAIL_EPOCH_HEADER": "x-same"}, "RAIL_KEY_HEADER"),
    ],
)
def test_settings_that_make_no_sense_are_refused(changes, named):
    """One sentence names the setting; a key that the epoch would overwrite never reaches a rail."""
    with pytest.raises(LeaseproofError, match="^got .*expected ") as refused:
        http_settings_from(URL | changes)
    assert named in str(refused.value)


@pytest.mark.parametrize(
    "credential", [" ", "Bearer hid\nden", "Bearer hidden\0", "Bearer hidden\x7f", "Bearer hidden€"]
)
def test_credential_that_no_header_can_carry_is_refused_unseen(credential):
    """The client that would refuse it at the first payment quotes it."""
    with pytest.raises(LeaseproofError, match="^got a RAIL_AUTHORIZATION.*expected ") as refused:
        http_settings_from(URL | {"RAIL_AUTHORIZATION": credential})
    assert "hid" not in str(refused.value)


def test_credential_is_taken_without_what_stands_around_it():
    """The line's end of the file that it was read from is not part of it."""
    settings = http_settings_from(URL | {"RAIL_AUTHORIZATION": " Bearer x\r\n"})
    assert settings.authorization == "Bearer x"


def test_authorization_is_not_shown():
    """The representation of the settings has no credential."""
    assert "Bearer" not in repr(http_settings_from(URL | {"RAIL_AUTHORIZATION": "Bearer x"}))
