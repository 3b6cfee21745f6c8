"""What must be remembered: cases, collections, links, quizzes, reader studies and answers, in one SQL database behind
one process.

    edge --> server --> calls/ --> rules/, services.study       what is allowed, what is right
                               --> sql/                         database, tables, migrations/
                               --> pictures --> edge            recipes completed, images drawn
                               --> archive                      files of cases

It is a client of the edge as any other: nothing else draws. Further services that remember find their place here.
"""
