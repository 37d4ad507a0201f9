"""The queue of jobs: work that takes longer than a request, or that waits for its time."""
