"""Tests of the studio's pages in Chromium. A package, so that all of them share the fixtures of its conftest.py."""
