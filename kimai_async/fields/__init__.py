"""Every field that Kimai takes: what it is called, what a cell becomes for it, what it is in Kimai's JSON.

Headings and cells come in as text; targets and values go out. It knows no file, no connection and no run.
"""
