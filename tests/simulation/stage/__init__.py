"""The simulated stage: time, queues, functions and the other systems."""
