"""Users, teams, tags and rates.

A call comes in, an answer goes out. It knows nothing of time entries, faults or sockets.
"""
