"""What a sandbox holds: rows in SQLite, users, teams, custom fields, and how the database compares.

Values come in, rows go out. It knows neither forms nor paths.
"""
