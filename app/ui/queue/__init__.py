"""The queue of jobs: what is sent on and fetched, what waits, what has failed and why."""
