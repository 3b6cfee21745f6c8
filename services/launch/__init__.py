"""`mammoganesis serve`: everything on one machine."""
