"""Accounts and editing, over HTTP."""
