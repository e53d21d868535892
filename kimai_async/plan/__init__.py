"""Rows to a tree, and every problem of the file.

A table comes in; a tree goes out, with all problems and warnings of its rows. It knows no server.
"""
