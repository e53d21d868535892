"""What can go wrong, by rates or by a script.

A call or a create comes in; it is let through, delayed, or answered as servers and proxies fail.
"""
