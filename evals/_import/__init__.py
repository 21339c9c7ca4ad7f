"""Published question sets, a user's own copy of them, made into suites.

``kinds`` knows the sets, a module for each reads its files, ``settle`` takes out what a set states
and its articles do not bear out, ``folder`` writes the result, ``importing`` does all of it.
"""

from evals._import.importing import ImportedFile, ImportReport, import_suite
from evals._import.kinds import KINDS

__all__ = ["KINDS", "ImportReport", "ImportedFile", "import_suite"]
