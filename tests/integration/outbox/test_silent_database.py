"""A database whose connection stays alive and says nothing more, as behind a balancer that lost it."""

import asyncio

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from leaseproof.errors import DatabaseError
from leaseproof.outbox.calls import OutboxCalls
from leaseproof.outbox.verdict import Verdict, verdict_on

PATIENCE_SECONDS = 60.0


class Balancer:
    """Passes bytes on between a client and the database until it is told to keep them; it hangs up on nobody."""

    def __init__(self, conninfo):
        self._database = conninfo_to_dict(conninfo)
        self._streams = []
        self.silent = False

    async def serve(self):
        """Listen on the loopback address."""
        return await asyncio.start_server(self._pass_on, "127.0.0.1", 0)

    def hang_up(self):
        """End every connection."""
        for stream in self._streams:
            stream.close()

    async def _pass_on(self, reader, writer):
        host, port = self._database["host"], self._database["port"]
        if host.startswith("/"):
            back, there = await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        else:
            back, there = await asyncio.open_connection(host, port)
        self._streams += [writer, there]
        await asyncio.gather(self._copy(reader, there), self._copy(back, writer), return_exceptions=True)

    async def _copy(self, reader, writer):
        while data := await reader.read(65_536):
            if not self.silent:
                writer.write(data)
        writer.close()


def test_claim_on_a_connection_that_fell_silent_is_given_up(outbox):
    """The statement's time ends the wait although no packet says that anything broke (psycopg before 3.3.6 waits on)."""
    outbox.enqueue()

    async def use():
        balancer = Balancer(outbox.url)
        server = await balancer.serve()
        port = server.sockets[0].getsockname()[1]
        url = make_conninfo(outbox.url, host="127.0.0.1", port=port, sslmode="disable")
        async with OutboxCalls(
            database_url=url, worker_id="w", pool_size=1, statement_timeout_seconds=1.0
        ) as calls:
            await calls.status()
            balancer.silent = True
            claiming = asyncio.create_task(calls.claim(1, 60))
            try:
                await asyncio.wait({claiming}, timeout=PATIENCE_SECONDS)
                ended = claiming.done()
            finally:
                balancer.hang_up()
                server.close()
            with pytest.raises(DatabaseError) as silent:
                await claiming
        return ended, verdict_on(silent.value)

    assert asyncio.run(use()) == (True, Verdict.SAY_AGAIN)
