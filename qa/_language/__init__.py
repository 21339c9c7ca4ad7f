"""What words, names, numbers, dates, "not" and "may" mean, wherever they stand.

Nothing here knows of questions, articles or answers. ``normalise`` makes words comparable (lists in
``wordlists``); ``names``, ``quantities`` and ``dates`` read what can be checked; ``amounts`` says
whether two numbers agree; ``polarity`` and ``opposites`` find denial and doubt; ``unseen`` removes
characters that only machines see.
"""
