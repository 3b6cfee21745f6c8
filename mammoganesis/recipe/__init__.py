"""Recipes: how an image comes to be.

limits        ranges and defaults, and what a bundle and a server allow
completion    the one walk that checks a recipe and fills its defaults in
edits         its part for component edits and style transfers
masked        its part for transfers within a mask
noise         its part for the noise, and what noise a complete recipe has
fields        checks of single fields, for the walk and for requests
structure     how recipes stand inside one another
identity      canonical text, latent id, bundle, name of the origin
canonical     JSON, written and read
proto_json    JSON of any message, with faults named
descriptions  what a recipe says in plain words
"""
