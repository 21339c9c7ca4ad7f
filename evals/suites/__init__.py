"""The suites that ship with Pullquote."""
