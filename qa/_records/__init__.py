"""What is kept: answers with their citations, and replies of models.

``records`` is the SQLite store (tables in ``schema``), ``cache`` keeps replies in it, ``reverify``
proves a saved answer again, ``export`` writes answers out.
"""
