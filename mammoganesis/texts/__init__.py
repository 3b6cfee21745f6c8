"""Words that people read of what the services answer, in their language.

languages   the languages there are, and how each writes texts, numbers and lists
said        what is found before anybody knows in which language it will be told
en, fr      every text, by key; a language has the keys of English, with the same gaps
names/      what bundles name (directions, regions, labels) and note, by language: JSON, which pages read too
"""
