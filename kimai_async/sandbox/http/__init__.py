"""A request's way in and an answer's way out: sign-in, JSON, errors, CORS, connections that drop.

A request comes in; a call with its user and data goes on to a handler. It knows no entity and no form.
"""
