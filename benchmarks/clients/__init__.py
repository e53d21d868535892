"""Ways to create activities over HTTP; each module is a process: `python -m benchmarks.clients.NAME JOB`."""
