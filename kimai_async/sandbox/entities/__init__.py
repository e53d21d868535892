"""What each path of the API does: customers, projects, activities, lists, status.

A call comes in, an answer goes out. It knows nothing of faults or sockets.
"""
