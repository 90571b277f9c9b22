"""Changes to stations and what belongs to them: each in one transaction, each on record in their history.

Functions here take a plain psycopg connection within the transaction that `transaction.changing` began, and
raise ours; they know nothing of HTTP. PostgreSQL writes the revisions (migration 0004), so that no change
goes without one.
"""
