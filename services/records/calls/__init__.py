"""The servicers: thin, between the rules and the database.

messages      what is stored, and what is sent
shared        what calls about cases have in common
cases         CaseService: cases
collections   CaseService: collections
files         CaseService: export and import
links         CaseService: links, and the servicer as a whole
quizzes       QuizService
study_*       ReaderStudyService: what its calls share, authoring, preparing, reading, closing
studies       ReaderStudyService as a whole
"""
