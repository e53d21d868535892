"""Bytes to rows with known columns, and the rejected rows back to a file.

A path or an open file comes in; headings, columns and rows with their line numbers go out. It knows neither the tree
that they make nor any server.
"""
