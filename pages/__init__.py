"""The pages and pictures that are made from the program: ``python -m pages`` writes them anew.

A page that is written by hand goes stale where the program goes on; these are read off its own
tables, and a test holds each against what is made now.
"""
