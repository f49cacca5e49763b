"""The first screen of each result: at most 25 lines of 80 columns, the answer first, the detail one option away."""
