"""Rows to a tree, and every problem of the file.

A table comes in; a tree with its warnings goes out, or one error that lists all problems. It knows no server.
"""
