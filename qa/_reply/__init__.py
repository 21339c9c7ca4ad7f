"""What a model is asked, and how its reply is read.

``prompt`` writes the messages from the templates in ``qa/prompts``; ``request`` decides which
sentences go in; ``consult`` asks, within a ``budget``; ``parse`` reads the reply while it streams,
``mend`` one that is only almost JSON.
"""
