"""The worker's settings are refused together where they cannot keep a payment safe."""

import pytest

from leaseproof.errors import LeaseproofError
from leaseproof.outbox.settings import VARIABLES, WorkerSettings, settings_from, worker_identity

URL = {"OUTBOX_DATABASE_URL": "postgresql://worker:hidden@db/outbox"}


def test_defaults_fit_together():
    """The settings that nobody changed are accepted, and listen where they work."""
    settings = settings_from(URL)
    assert (settings.lease_seconds, settings.repair_batch_size, settings.listen_url) == (
        60,
        100,
        URL["OUTBOX_DATABASE_URL"],
    )


def test_every_setting_has_a_variable():
    """No field can be set from nowhere, and no variable sets nothing."""
    assert set(VARIABLES) == {name for name in WorkerSettings.__dataclass_fields__}
    assert {"LEASE_SECONDS", "LEASE_REPAIR_BATCH_SIZE"} <= set(VARIABLES.values())


def test_password_is_not_shown():
    """The representation of the settings has no database URL."""
    assert "hidden" not in repr(settings_from(URL))


@pytest.mark.parametrize("off", ["off", "Off", "OFF"])
def test_listen_off_means_polling_alone(off):
    """OUTBOX_LISTEN_URL=off leaves no address to listen on."""
    assert settings_from(URL | {"OUTBOX_LISTEN_URL": off}).listen_url is None


def test_white_space_around_a_value_is_not_part_of_it():
    """The line's end of the file that a URL was read from would become part of the database's name."""
    settings = settings_from({"OUTBOX_DATABASE_URL": "postgresql://worker@db/outbox\n", "LEASE_SECONDS": " 70 "})
    assert (settings.database_url, settings.lease_seconds) == ("postgresql://worker@db/outbox", 70)


def test_worker_identity_is_never_used_twice():
    """A container that comes back under its old name is another worker."""
    first, second = worker_identity("pod 1"), worker_identity("pod 1")
    assert first != second
    assert first.startswith("pod-1-") and first.isascii() and " " not in first and len(first) <= 128


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"LEASE_SECONDS": "20", "CLAIM_BATCH_SIZE": "20"}, "LEASE_SECONDS=20"),  # CL-02: equal is too late
        ({"LEASE_SECONDS": "10", "CLAIM_BATCH_SIZE": "20"}, "RAIL_TIMEOUT_SECONDS=15"),
        ({"CLAIM_BATCH_SIZE": "61"}, "4 rounds"),  # CL-03: 4 x 15 s
        ({"LEASE_SECONDS": "49"}, "3 rounds"),  # CL-03: 3 x 15 s fit, with the margin of 5 s they do not
        ({"RAIL_CONCURRENCY": "1"}, "CLAIM_BATCH_SIZE=50"),
        ({"RAIL_LOOKUP_TIMEOUT_SECONDS": "7.5"}, "RAIL_LOOKUP_TIMEOUT_SECONDS=7.5"),
        (
            {"RAIL_KEY_RETENTION_SECONDS": "73400"},
            "RAIL_KEY_RETENTION_SECONDS=73400",
        ),  # CL-05: 20 x (60 + 10 + 3600)
        ({"LEASE_SECONDS": "901"}, "from 1 to 900"),
        ({"LEASE_SECONDS": "sixty"}, "'sixty'"),
        ({"RETRY_MAX_SECONDS": "1_0"}, "'1_0'"),
        ({"RETRY_MAX_SECONDS": "١٠"}, "RETRY_MAX_SECONDS"),
        ({"POLL_INTERVAL_SECONDS": "1_0.5"}, "'1_0.5'"),
        ({"POLL_INTERVAL_SECONDS": "soon"}, "'soon'"),
        ({"POLL_INTERVAL_SECONDS": "nan"}, "POLL_INTERVAL_SECONDS=nan"),
        ({"LEASE_REPAIR_BATCH_SIZE": "0"}, "LEASE_REPAIR_BATCH_SIZE=0"),
        ({"OUTBOX_DATABASE_URL": ""}, "OUTBOX_DATABASE_URL"),
        ({"OUTBOX_DATABASE_URL": " "}, "OUTBOX_DATABASE_URL"),
        ({"OUTBOX_LISTEN_URL": " \n"}, "OUTBOX_LISTEN_URL"),
        ({"OUTBOX_DATABASE_URL": "nonsense hidden"}, "OUTBOX_DATABASE_URL"),
        ({"OUTBOX_LISTEN_URL": "nonsense hidden"}, "OUTBOX_LISTEN_URL"),
        ({"OUTBOX_LISTEN_URL": "postgresql://hidden@a..b/x"}, "OUTBOX_LISTEN_URL"),
    ],
)
def test_settings_that_do_not_fit_are_refused(changes, named):
    """A refusal says what was got, what was expected and what to do, without the database's password."""
    with pytest.raises(LeaseproofError) as refused:
        settings_from(URL | changes)
    message = str(refused.value)
    assert named in message and "got " in message and "expected " in message
    assert "hidden" not in message


@pytest.mark.parametrize(
    "changes",
    [{"CLAIM_BATCH_SIZE": "60"}, {"RAIL_KEY_RETENTION_SECONDS": "73401"}, {"LEASE_SECONDS": "50"}],
)
def test_settings_that_just_fit_are_accepted(changes):
    """One step before each limit is allowed."""
    assert settings_from(URL | changes)
