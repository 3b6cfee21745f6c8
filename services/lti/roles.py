"""What a platform's roles are here (LTI 1.3, appendix A.2: vocabularies of LIS)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from services.access.principals import Role

_CONTEXT = re.compile(r"(?:http://purl\.imsglobal\.org/vocab/lis/v2/membership(?:/(\w+))?#)?(\w+)")
_OUTSIDE = re.compile(r"http://purl\.imsglobal\.org/vocab/lis/v2/(?:institution|system)/person#(\w+)")
_TEACHES = frozenset({"Instructor", "ContentDeveloper", "Administrator", "Manager"})
_TEACHES_OUTSIDE = frozenset({"Instructor", "Faculty", "Administrator", "SysAdmin", "AccountAdmin"})


def roles_of(said: Sequence[str]) -> frozenset[Role]:
    """Educator or learner. What somebody is in the course decides; what they are in the institution or the system
    counts where the platform says nothing of the course, as when an administrator sets a tool up. No platform makes an
    operator, a researcher or an auditor: those are given here."""
    # "membership/Instructor#TeachingAssistant" is a kind of instructor.
    here = [found[1] or found[2] for role in said if (found := _CONTEXT.fullmatch(role))]
    outside = [found[1] for role in said if (found := _OUTSIDE.fullmatch(role))]
    teaches = bool(_TEACHES & set(here)) if here else bool(_TEACHES_OUTSIDE & set(outside))
    return frozenset({Role.EDUCATOR}) if teaches else frozenset({Role.LEARNER})
