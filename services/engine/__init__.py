"""The engine: the one heavy thing. Styles and noise in, images out, batched over all services."""
