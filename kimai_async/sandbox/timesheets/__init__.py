"""Time entries: what a form takes, which rules it meets, how it is rounded and what it costs, lists and changes.

A call comes in, an answer goes out. It knows nothing of faults or sockets.
"""
