"""The archive's truth: one SQLite file.

``store`` reads, ``write`` changes, ``vectors`` keeps embeddings by content; ``origins`` keeps which
articles are copies of one story (``duplicates`` tells); ``database`` opens the file, ``schema`` and
``migration`` bring it up to date.
"""
