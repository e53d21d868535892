"""The tree of customers, projects and activities that a file asks for.

Names come in as text; levels, nodes and their look-alikes go out. It knows neither files nor servers.
"""
