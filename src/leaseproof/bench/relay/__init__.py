"""The worker under load and under faults."""
