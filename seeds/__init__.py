"""The five seed articles: the default corpus."""
