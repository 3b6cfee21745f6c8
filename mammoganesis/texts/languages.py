"""The languages there are: texts by key, and how numbers, lists and the names of bundles are written in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

from mammoganesis.errors import InvalidArgument
from mammoganesis.json_text import read_json
from mammoganesis.texts.en import EN
from mammoganesis.texts.fr import FR


@dataclass(frozen=True)
class Language:
    """One language."""

    code: str  # BCP 47, such as "fr"
    locale: str  # such as "fr-FR", for files that ask for one
    texts: Mapping[str, str]  # by key, {names} in them to be replaced
    names: Mapping[str, str]  # of what bundles name: "direction.size" -> "taille"
    point: str  # between a number's whole part and the rest
    is_one: Callable[[float], bool]  # whether so many, 0 or more, take the singular

    def say(self, key: str, **values: object) -> str:
        """The text of a key, its gaps filled."""
        return self.texts[key].format_map(values)

    def counted(self, key: str, count: float, **values: object) -> str:
        """The text for so many, either way: `key`.one or `key`.other."""
        return self.say(f"{key}.{'one' if self.is_one(abs(count)) else 'other'}", **values)

    def number(self, value: float, form: str = "g") -> str:
        """A number; `form` as of Python's format."""
        return format(value, form).replace(".", self.point)

    def listed(self, items: Sequence[str]) -> str:
        """One or more items: "a, b and c"."""
        return items[0] if len(items) == 1 else self.say("list", first=", ".join(items[:-1]), last=items[-1])

    def name(self, kind: str, name: str) -> str:
        """What is called `name` in bundles; the name itself where nobody has translated it. `kind`: direction, region
        or label."""
        return self.names.get(f"{kind}.{name}", name)


def names_of(code: str) -> dict[str, str]:
    """What bundles name, as pages show it in a language."""
    return read_json((files("mammoganesis.texts") / "names" / f"{code}.json").read_text(encoding="utf-8"))


# In English names stand as commands take them.
ENGLISH = Language("en", "en-GB", EN, {}, ".", lambda count: count == 1)
FRENCH = Language("fr", "fr-FR", FR, names_of("fr"), ",", lambda count: count < 2)
LANGUAGES = {language.code: language for language in (ENGLISH, FRENCH)}


def language_of(tag: str, field: str = "language") -> Language:
    """The language of a BCP 47 tag, such as "fr" or "fr-CA"; English for "".

    Raises:
        InvalidArgument: there is no such language here; it names `field`.
    """
    found = LANGUAGES.get(tag.partition("-")[0].lower()) if tag else ENGLISH
    if found is None:
        raise InvalidArgument(field, tag, f"{', '.join(LANGUAGES)}, or nothing for {ENGLISH.code}")
    return found
