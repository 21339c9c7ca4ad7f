"""Sources that contradict each other, found from the evidence by rules.

``find`` is the whole; ``reported`` is what a model takes for contradictions, as far as rules do not
object; ``sides`` is what comes out. ``rivals`` are two sentences that cannot both hold, ``slots``
two articles that answer the same question with different things, ``positions`` articles of which
one says yes and another no; ``statements`` are the sentences, read for what they say.
"""
