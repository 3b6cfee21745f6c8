"""The rules of cases and quizzes: pure functions on messages, without SQL and without transport.

texts     texts, names and times in requests
marks     places and outlines in pictures: what is allowed, and what lies within
cases     what a case and a collection may be
scoring   what may be answered, and how right it is
quizzes   what a taker sees, before and after a question has been answered
"""
