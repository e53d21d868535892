"""What is there, what is missing, what differs, and what this server would refuse: all that is asked before a create.

A plan and a client come in; the work that is left goes out, level by level. It sends nothing that stores.
"""
