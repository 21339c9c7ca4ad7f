"""Language models, all behind one protocol: ``language_model``.

``open`` is the choice among them. ``endpoint`` speaks to an OpenAI-compatible address (in the
``dialect`` it understands); ``local_server`` runs the embedded model in a child process
(``local_child``), one request at a time (``turns``).
"""
