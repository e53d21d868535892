"""Kimai's forms: which fields there are, how each is read, what is wrong with it.

Submitted values come in; values to store, or errors field by field, go out. It stores nothing.
"""
