"""Embeddings, and the model files they and the language models need.

``minilm`` is the default model, run from a graph that ``minilm_graph`` makes once from the pinned
file; ``model_files`` knows and checks the files, ``pull`` fetches them.
"""
