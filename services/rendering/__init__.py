"""From a recipe to an image: renderer, engine, cache."""
