"""Payment rails: the protocol, the HTTP rail, and the loader for others."""
