"""Creating and changing, level by level: lanes, rounds, waits, numbers.

The work that the survey left comes in; events and the ids of new rows go out. It knows no terminal, and no file but
the record of what is open for a run.
"""
