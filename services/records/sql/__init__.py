"""The database: its schema, and all that is written to it or read from it.

database    connections, transactions, migrations
tables      the schema
documents   cases and collections in versions
links       links, and files that arrive in pieces
attempts    quizzes, attempts, answers
studies     reader studies, their real images and pictures; readers: who reads, and what they answered
backup      all of it as one file, and back
"""
