"""The proof: is this string in that article, and do these quotes bear out that claim.

``quotes`` gives the verdicts over text folded by ``fold``; ``support`` checks a claim's numbers and
dates (``figures``), names, denials and ``speakers`` against quotes that are ``cited``.
"""
