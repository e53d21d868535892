"""Time entries beside the server: what is there, what is missing, what differs, what would be refused.

In come the file's entries as `plan` has read them, and the tree's nodes with their ids; out goes a `Ledger` of what is
to be created and changed. Knows nothing of how it is sent, and stores nothing.
"""
