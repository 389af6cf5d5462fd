"""The proof engine: from a pair of files to an outcome."""
