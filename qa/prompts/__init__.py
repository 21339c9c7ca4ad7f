"""The prompts, as templates; all text that a model is given stands in this folder."""
