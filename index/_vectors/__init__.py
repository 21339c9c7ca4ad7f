"""Search by meaning, in Chroma: rebuildable from the store at any time.

``vectors`` is what others use; a ``generation`` is one complete collection, filled beside the
current one and swapped in; ``chroma`` speaks to Chroma, ``chroma_files`` to what it leaves on disk.
"""
