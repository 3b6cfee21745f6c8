"""The studio as a tool of learning platforms (LTI 1.3): the HTTP around `services.lti`, and what is sent to them.

    GET POST /lti/login      a platform asks that somebody be sent to it
    POST     /lti/launch     its signed answer
    GET      /lti/jwks       this tool's public keys
    GET      /lti/register   dynamic registration, with a token of the operator's
    POST     /lti/return     deep linking: what was chosen goes back to the platform
    GET      /lti            the page: to choose, to see who has taken a quiz, what an administrator fills in
    POST     /lti/resources, /lti/standings   what that page shows of a launch
    GET      /lti/tool       the addresses that a platform is told

tool.py         settings, keys, and the records' memory
logins.py       login and launch, with cookies or the platform's storage
linking.py      what the page asks for, and the way back
enrolment.py    dynamic registration
page.py         the page with something to show
platforms.py    requests to platforms: tokens, scores, members
sender.py       what waits is sent
"""
