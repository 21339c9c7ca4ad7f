"""What a question asks for, read without a model.

``stand_alone`` checks it and completes a follow-up from the conversation; ``understanding`` is the
whole of what was understood: ``outlets``, ``periods``, exact phrases, ``spelling``, ``parts``.
``joined`` parts a question that is several.
"""
