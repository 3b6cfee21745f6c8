"""The database: its schema, and all that is written to it or read from it.

database    connections, transactions, migrations
tables      the schema
documents   cases and collections in versions
links       links, and files that arrive in pieces
attempts    quizzes, attempts, answers
"""
