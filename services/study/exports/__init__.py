"""Files of a closed study: the report, every answer, and the forms that other programs read."""
