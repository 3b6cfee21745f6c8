"""LTI 1.3: the studio as a tool of learning platforms (Moodle, Canvas, Brightspace, ...). Judgement alone, without
transport and memory.

    platform --> studio/lti --> initiation.py   the platform asks for a login (OpenID Connect, third-party initiated)
                                states.py       what binds the answer to the browser that asked
                                launches.py     the signed answer: who, from where, to what  (tokens.py, roles.py)
                                linking.py      deep linking: what was chosen, back to the platform
                                scores.py       grades (AGS)        members.py   names and roles (NRPS)
                                enrolment.py    dynamic registration

    xapi.py     the same events as statements for a learning record store
    sending.py  when what could not be sent is tried again, and when it is given up

The specifications are 1EdTech's: https://www.imsglobal.org/spec/lti/v1p3, security/v1p1, lti-dl/v2p0, lti-ags/v2p0,
lti-nrps/v2p0, lti-dr/v1p0. The HTTP is in `services.studio.lti`, the memory in `services.records`.
"""
