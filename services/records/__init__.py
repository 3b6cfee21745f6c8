"""What must be remembered: cases, collections, links, quizzes and answers, in one SQL database behind one process.

    edge --> server --> case_service, quiz_service --> rules/                          what is allowed, what is right
                                                   --> documents, links, attempts --> database, tables, migrations/
                                                   --> pictures --> edge               recipes completed, images drawn
                                                   --> archive                         files of cases

It is a client of the edge as any other: nothing else draws. Further services that remember find their place here.
"""
