"""Who may change what: roles, sign-in, sessions, invitations."""
