"""The production worker: lease calls, relayer, lease repair, signals and rails."""
