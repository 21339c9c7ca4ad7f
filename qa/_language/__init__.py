"""What words, names, numbers, dates, "not" and "may" mean, wherever they stand.

Nothing here knows of questions, articles or answers. ``normalise`` makes words comparable (lists in
``wordlists`` and ``number_words``); ``names``, ``quantities``, ``quantifiers`` and ``dates`` read
what can be checked; ``amounts`` says whether two numbers agree; ``polarity``, ``opposites`` and
``unreal`` find denial, doubt and what is only planned or supposed; ``saying`` has the verbs of
saying; ``unseen`` removes characters that only machines see.
"""
