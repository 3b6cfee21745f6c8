"""Reports of reader studies: one document of sections, tables and plots, written as HTML that needs nothing else, or
as PDF."""
