"""A campaign that is killed leaves nothing: its processes end with it, its files go with the next one."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

from leaseproof.bench.relay.crashable_server import CrashableServer, sweep
from leaseproof.database.connection import connect

PROGRAM = """
import sys
from leaseproof.bench.relay.crashable_server import CrashableServer
with CrashableServer() as server:
    print(server.notes.parent, flush=True)
    sys.stdin.read()
"""


def test_data_survives_an_immediate_stop():
    """What was committed is there after the crash, on the same address."""
    with CrashableServer() as server:
        with connect(server.conninfo()) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS n")
        server.crash()
        server.start()
        with connect(server.conninfo()) as connection:
            assert connection.execute("SELECT n FROM kept").fetchone() == (1,)
        directory = server.notes.parent
    assert not directory.exists()


def test_killed_owner_leaves_no_server_and_its_files_are_swept():
    """kill -9 on the campaign: the kernel stops the server, the next campaign removes the files."""
    owner = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None and owner.stdin is not None
    directory = Path(owner.stdout.readline().strip())
    server = int((directory / "data" / "postmaster.pid").read_text().split()[0])
    descriptor = os.pidfd_open(server)
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    # The server is nobody's child any more: its descriptor becomes readable when it ends.
    assert select.select([descriptor], [], [], 60)[0] == [descriptor]
    os.close(descriptor)
    owner.stdin.close()
    owner.stdout.close()
    sweep()
    assert not directory.exists()
