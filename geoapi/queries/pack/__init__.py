"""The offline pack: what a phone needs to answer `nearest` by itself.

A pack is a *content* (what it says of its area, its small parts, and one record for each station) under a
version, the digest of that content. `snapshot` reads the content from the database, `columns` writes records
small, `versions` remembers which stations each version changed, `keeper` makes a pack once for all who ask.
docs/pack.md is the format for whoever writes another client.
"""
