"""Page furniture out of an article's text.

``clean`` is the whole: exact rules in ``furniture`` (other languages: ``furniture_abroad``), and
for the lines that no rule knows a small model, ``line_model``, over ``line_features``.
"""
