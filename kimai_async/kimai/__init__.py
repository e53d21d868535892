"""The way to one Kimai: sockets, requests, tries, and what an answer means.

Nodes and plain values come in; entries, forms, outcomes and sentences about failures go out. It knows neither the file
nor what a run is about to do.
"""
