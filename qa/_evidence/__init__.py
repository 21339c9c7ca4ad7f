"""From a question to the few sentences that matter.

``search`` ranks passages, ``sentences`` scores what is in them (``answer_type`` helps),
``selection`` takes those that are shown; ``confidence`` says how likely they answer at all
(``expected`` and ``otherwise`` help), ``uncovered`` which part of the question they leave open.
"""
