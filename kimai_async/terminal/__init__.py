"""A run for a person or a program at a terminal: options, signals, bars, JSON lines, the report in words.

A command line comes in; an exit code and what was printed go out. It decides nothing about an import.
"""
