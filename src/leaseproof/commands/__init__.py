"""The Invoke tasks: one topic a module, the only place that reads the environment and ends the process."""
