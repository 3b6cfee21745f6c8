"""Plots of what training and evaluation have measured.

plots.py   the one door to matplotlib
"""
