"""Why a server refuses a login is read from its words."""

import pytest

from leaseproof.outbox.refused_logins import refused_login

SERVER = 'connection failed: connection to server at "10.0.0.1", port 5432 failed: '


@pytest.mark.parametrize(
    ("said", "sqlstate"),
    [
        ('FATAL:  password authentication failed for user "w"', "28P01"),
        ('FATAL:  Peer authentication failed for user "w"', "28000"),
        ('FATAL:  no pg_hba.conf entry for host "10.0.0.2", user "w", database "d", no encryption', "28000"),
        ('FATAL:  role "w" does not exist', "28000"),
        ('FATAL:  role "w" is not permitted to log in', "28000"),
        ('FATAL:  database "d" does not exist', "3D000"),
        ('FATAL:  permission denied for database "d"', "42501"),
        ("FATAL:  the database system is starting up", "08006"),
        ("FATAL:  sorry, too many clients already", "08006"),
        ("ВАЖНО:  роль \"w\" не существует", "08006"),  # another language: named, but not known to be for good
    ],
)
def test_words_of_the_server_are_handed_on(said, sqlstate):
    """The message is the server's own, without the address in front of it or what follows."""
    message = said.partition(":  ")[2]
    assert refused_login(SERVER + said + "\nDETAIL:  more") == (sqlstate, message)


def test_missing_password_is_known_by_the_clients_words():
    """The server asked, and the client had nothing to say."""
    assert refused_login(SERVER + "fe_sendauth: no password supplied") == ("28P01", "no password supplied")


def test_second_address_of_a_host_is_heard_too():
    """Nobody listens on the first one."""
    first = f"Multiple connection attempts failed. All failures were:\n- host: a: {SERVER}Connection refused\n"
    text = first + f'- host: b: {SERVER}FATAL:  role "w" does not exist'
    assert refused_login(text) == ("28000", 'role "w" does not exist')


@pytest.mark.parametrize("said", ["Connection refused", "timeout expired", "server closed the connection"])
def test_network_is_no_server(said):
    """What libpq says by itself holds the address, and is not shown."""
    assert refused_login(SERVER + said) is None
