"""Taking back what an import created: a record is read, the server asked, and only what is still as it was goes.

The lines of a record come in; events and a report go out. It knows neither CSV files nor terminals.
"""
