"""The four services, free of any transport."""
