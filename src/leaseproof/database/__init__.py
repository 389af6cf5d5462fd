"""Servers, scratch databases, applying `sql/`, and reading catalogs: all SQL of the proof side."""
