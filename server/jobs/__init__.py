"""The worker process: delivers the outbox and runs the timers."""
